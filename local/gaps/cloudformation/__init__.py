"""What MiniStack lacks of CloudFormation.

parameters: a parameter that a template does not declare is refused; AllowedValues of a list hold for each member
resource_types: composite alarms, state machine versions and aliases from a template
state_machines: refused as CreateStateMachine refuses them; YAML in S3; their logging
nested_transform: the SAM transform inside a nested application
nested_addresses: GetTemplate names nested templates by S3's address, so that ``sam delete`` reads it
nested_deletes: DeletionPolicy and failures of a nested stack that is deleted
nested_updates: an update keeps the names and attributes of what did not change in a nested stack
"""
