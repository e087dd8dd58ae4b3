"""What each command needs, and an example of it: the end of its help."""

from __future__ import annotations

from operate.cost import arguments as arguments_of_cost
from operate.delete import arguments as arguments_of_delete
from operate.erase import arguments as arguments_of_erase
from operate.images import arguments as arguments_of_images
from operate.knowledge import arguments as arguments_of_knowledge
from operate.preflight import arguments as arguments_of_preflight
from operate.questions import arguments as arguments_of_questions
from operate.replay import arguments as arguments_of_replay
from operate.spending import arguments as arguments_of_spending
from operate.training import arguments as arguments_of_training

_STACK_NEEDS = "needs: a deployed stack and your AWS credentials (the environment's or --profile), or --local"

EPILOGS = {
    **arguments_of_spending.EPILOGS,
    **arguments_of_knowledge.EPILOGS,
    "ask": arguments_of_questions.NEEDS,
    "models": arguments_of_training.NEEDS,
    "replay": arguments_of_replay.NEEDS,
    "redrive": f"""\
{_STACK_NEEDS};
       the right to read the stack, to invoke its function RedriveFailed, to read and delete its failed messages and
       dead letters, and to send these where they were going (a queue, a function, a machine)

example: python -m operate redrive narration --most 10""",
    "erase": arguments_of_erase.NEEDS,
    "delete": arguments_of_delete.NEEDS,
    "cost": arguments_of_cost.NEEDS,
    "preflight": arguments_of_preflight.NEEDS,
    "sign": """\
needs: the private key whose public half is the stack's parameter MembersPublicKey; no AWS call is made
       (docs/paywall.md goes from a key pair to a player)

example: python -m operate sign my-article --base-url https://audio.example.org --key-id K2JCJMDEHXQW5F \\
             --private-key members.pem --hours 24""",
    "sign-image": arguments_of_images.NEEDS,
    "bedrock-logging": f"""\
{_STACK_NEEDS};
       bedrock:GetModelInvocationLoggingConfiguration, and with --confirm the Put of that name

example: python -m operate bedrock-logging --confirm""",
    "judge": f"""\
{_STACK_NEEDS};
       s3:ListBucket and s3:GetObject on the buckets of logs, of log events and of batch outputs, and for the latter
       bedrock:GetModelInvocationJob. With --text it prints what people wrote

example: python -m operate judge --since 1h --refused --model claude""",
    "prices": """\
needs: your AWS credentials with pricing:GetProducts; with bedrock:ListFoundationModels in the table's Region it names
       models that the table lacks by their ids. The table is functions/llm/prices.toml

example: python -m operate prices --write --profile production""",
    "read": """\
needs: nothing; no AWS call is made. docs/reading.md says what a profile may hold

example: python -m operate read article.html --language de-DE --profile reading/profile.toml""",
    "stream": f"""\
{_STACK_NEEDS};
       firehose:PutRecordBatch on the stream

example: python -m operate stream trips.csv --rows 500 --local""",
    "resend": f"""\
{_STACK_NEEDS};
       on the lake's bucket s3:ListBucket and s3:GetObject, with --confirm s3:PutObject and s3:DeleteObject on errors/*,
       and firehose:PutRecordBatch on the stream

example: python -m operate resend --reason header --confirm""",
    "calibrate": """\
needs: at least 20 refused and 20 answered pairs for a fit; fewer are only measured. No AWS call is made

example: python -m operate calibrate pairs.jsonl --write functions/llm/refusals/weights.json
example: python -m operate calibrate --data completions/ --keep operate/calibrate/real.jsonl.gz""",
}
