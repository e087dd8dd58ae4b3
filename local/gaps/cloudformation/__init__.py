"""What MiniStack lacks of CloudFormation.

parameters: a parameter that a template does not declare is refused; AllowedValues of a list hold for each member
condition_values: pseudo parameters and functions in a condition
resource_types: composite alarms, state machine versions and aliases from a template
nested: nested applications, their updates and deletes
state_machines: refused as CreateStateMachine refuses them; YAML in S3; their logging
template_format: a reference without an end, an unknown member or type, a circle: refused at the call
property_validation: properties against the resource schemas, before any resource; nested templates too
change_sets: a change set that fails validation is FAILED
resource_rules: what the resource's provider and its service refuse when it is made
attachments: what belongs to a function, bucket, queue, topic, bus or log group that is not there
_static: values of a template that are known before any resource exists
_stack: all that the validation of a stack finds, nested stacks included
_names: names that are taken already
_template: what AWS refuses in a template, told from the template alone
"""
