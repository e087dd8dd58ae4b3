"""What MiniStack lacks of CloudFormation.

parameters: AllowedValues of a list parameter hold for each of its members
resource_types: composite alarms, state machine versions and aliases from a template
nested_transform: the SAM transform inside a nested application
nested_updates: an update keeps the names and attributes of what did not change in a nested stack
"""
