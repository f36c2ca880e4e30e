"""What a user is shown of an estimate: `lines` of text or JSON, or a whole `page` of HTML.

They are apart because drawing needs Matplotlib, whose import a line of text should not wait for.
"""
