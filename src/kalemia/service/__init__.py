"""The service: a page for people and an API for programs, `kalemia serve`.

A request goes `middleware` (id, log, headers) -> `access` -> `questions` (its body by `body`) -> `pool` (a place in the
queue, one of the `workers`, the upload by `scratch`), over `wire` to the process of `worker` -> `tasks` (the library;
what came by `asked`), and its answer back. `app` puts all together, `settings` has the limits; `static/` is the page.
"""
