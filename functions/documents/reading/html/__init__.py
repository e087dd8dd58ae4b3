"""HTML as a reader sees it: its text, and what a browser does not show of it.

html_text: HTML, and what DOCX and Markdown become as HTML: what a browser would show, as lines, tables and pairs.
hidden_html: Text that a browser does not show, by style, class or attribute: left out, and counted.
sheets: The style sheets of a page, and how many lie elsewhere.
css_values: Values of CSS as they are meant: variables, sums, escapes.
unread: Pictures and pages within the page: told.
css_colours: Colours as CSS writes them.
"""
