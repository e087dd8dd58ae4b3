"""What MiniStack lacks of API Gateway.

hosts: a call is known by the host name that AWS gives an API
_authorizers: who may call the routes of an OpenAPI document
http_api: the OpenAPI document of an HTTP API in a template becomes its routes
rest_api: a method that stands for all in the document of a REST API
"""
