"""Excel workbooks: each sheet that shows as a page with its table.

extent: How far a sheet's cells reach and which of them do not show, found before a reader makes room for them.
looks: Which cell styles show nothing: ink without contrast, no size, the number format ";;;".
cells: Values as a sheet shows them, near enough: dates, numbers to fifteen digits, merged cells.
sheets: From a workbook to lines, forms and tables.
"""
