"""What MiniStack lacks of CloudFormation.

parameters: a parameter that a template does not declare is refused; AllowedValues of a list hold for each member
condition_values: pseudo parameters and functions in a condition
resource_types: composite alarms, state machine versions and aliases from a template
nested_transform: the SAM transform inside a nested application
nested_updates: an update keeps the names and attributes of what did not change in a nested stack
"""
