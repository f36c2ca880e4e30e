"""The service: a page for people and an API for programs, `kalemia serve`.

A request goes `middleware` (id, log, headers) -> `access` -> `questions` (a place in the queue, the body by `body`) ->
`workers` (a process, the upload by `scratch`) -> `worker` -> `tasks` (the library), and its answer back, over `wire`.
`app` puts all together, `settings` has the limits; `static/` is the page.
"""
