"""What MiniStack lacks of CloudFormation.

parameters: CloudFormation:
resource_types: CloudFormation:
nested_transform: CloudFormation:
nested_updates: CloudFormation:
"""
