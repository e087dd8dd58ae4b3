"""Excel workbooks: each sheet that shows as a page with its table.

extent: How far a sheet's cells reach and which of them do not show, found before a reader makes room for them.
looks: What cell styles look like, and which show nothing: ink without contrast, no size, the number format ";;;".
rich: Texts of cells of which a part may not show.
conditions: Conditional formats by which a cell shows nothing.
margins: What the printed pages say at their heads and feet.
cells: Values as a sheet shows them, near enough: dates, numbers to fifteen digits, merged cells.
sheets: From a workbook to lines, forms and tables.
"""
