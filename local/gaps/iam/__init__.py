"""What MiniStack lacks of IAM.

policies: documents that IAM refuses, and how long and how many they may be
names: names, paths and session times of roles, users, groups and policies
pass_role: who gives a role to a service must have iam:PassRole on it
sessions: names and lengths of sessions, and who may assume a role
principal_arn: aws:PrincipalArn of a session
vector_policies: the policy of a vector bucket
batch_actions: a batch of messages asks for the right of one message
variables: policy variables, such as ``${aws:username}``, are substituted
_documents: the grammar of policy documents, of identities, of trust and of resources
"""
