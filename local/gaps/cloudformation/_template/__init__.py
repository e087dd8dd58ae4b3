"""What AWS refuses in a template, told from the template alone; nothing here knows MiniStack.

yaml_text: YAML read without growing, names as the texts that they are
nodes: a fault and its path; the intrinsic functions and the references under a node
sections: the members of a template and of its parameters, resources and outputs
functions: names and arguments of intrinsic functions
references: what is referenced and nowhere declared
activity: what is referenced and left out by its condition; circles of resources
schemas: the resource schemas of a region, and a validator that reads values as CloudFormation does
rules: what no schema says and the service refuses nevertheless
policies: the grammar of IAM policy documents
"""
