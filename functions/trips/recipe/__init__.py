"""What the columns of a stream mean.

model: A recipe in memory: columns with types, bounds and categories, the header's rule, the zone, the trip, features.
parser: Reads and checks recipes/<name>.toml; `extends` takes another recipe and changes some of its tables.
tables: The smaller tables of a recipe: [input], [time], [trip], [derive], [parts_of_day], [balance].
zones: Time zones: where their data is, hours that do not exist and hours that come twice.
"""
