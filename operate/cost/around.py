"""What each pipeline pays beside the service that it is about: Lambda and Step Functions, from AWS's own metrics."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from operate import amounts
from operate.cost import prices
from operate.cost.bill import Line, total, unknown
from operate.cost.meter import Metric
from operate.cost.stack import FUNCTION, MACHINE, Stack

TRANSITIONS = {
    "NarrateArticle": 10,
    "SummarizeDocument": 9,
    "AnswerQuestion": 12,
    "AnswerFromDocuments": 5,
    "TrainModel": 18,
}
"""Of an execution in which nothing waits and nothing is tried again: of an article of 40 paragraphs (``bench
admission``), of a document with text of its own, of a question whose first statement is right and ends within a second,
of a question to the documents that is answered, of a model of one job. No metric of AWS counts them by machine."""


@dataclass(frozen=True)
class Compute:
    """What the functions of a pipeline used. ``calls`` and ``usd`` are None where nothing is known; ``gb_seconds`` are
    of durations, to which Lambda adds what a cold start takes."""

    calls: float | None
    gb_seconds: float
    usd: float | None

    def line(self) -> Line:
        if self.usd is None or self.calls is None:
            return unknown("Lambda", "AWS/Lambda has no metric of these functions yet")
        return Line("Lambda", f"{amounts.of(self.calls, 'call')}, {self.gb_seconds:,.1f} GB-seconds", self.usd)


def compute(stack: Stack, prefix: str) -> Compute:
    """Of the functions whose logical ids begin with ``prefix``: durations with the memory that they have now."""
    names = list(stack.of_type(FUNCTION, prefix).values())
    wanted = {
        (name, metric): Metric("AWS/Lambda", metric, (("FunctionName", name),))
        for name in names
        for metric in ("Invocations", "Duration")
    }
    sums = stack.meter.read(wanted)
    usd, gb_seconds, rates = 0.0, 0.0, prices.table("lambda_usd")
    for name in names:
        milliseconds = sums[(name, "Duration")]
        if milliseconds:
            about = stack.functions.get_function_configuration(FunctionName=name)
            used = milliseconds / 1000 * about["MemorySize"] / 1024
            gb_seconds += used
            usd += used * rates[f"gb_second_{(about.get('Architectures') or ['x86_64'])[0]}"]
    calls = total(sums[(name, "Invocations")] for name in names)
    if calls is None:
        return Compute(None, 0.0, None)
    return Compute(calls, gb_seconds, usd + calls / 1e6 * rates["million_requests"])


def started(stack: Stack, machine: str) -> float | None:
    """Executions of a machine, by its logical id."""
    arn = stack.of_type(MACHINE).get(machine)
    return None if arn is None else stack.meter.read({0: _of_machine("ExecutionsStarted", arn)})[0]


def standard(stack: Stack, machine: str, more: float = 0.0) -> Line:
    """Transitions of a Standard machine, reckoned from its executions, and ``more`` that these have had."""
    executions = started(stack, machine)
    if executions is None:
        return unknown("Step Functions", f"AWS/States has no executions of {machine} yet")
    transitions = executions * TRANSITIONS[machine] + more
    usd = transitions / 1000 * prices.table("step_functions_usd")["thousand_transitions"]
    return Line(
        "Step Functions", f"{amounts.of(executions, 'execution')}, about {amounts.of(transitions, 'transition')}", usd
    )


def express(stack: Stack, machine: str) -> Iterator[Line]:
    """Requests of an Express machine, and the time and memory that it is billed for."""
    executions, rates = started(stack, machine), prices.table("step_functions_usd")
    if executions is None:
        yield unknown("Step Functions Express", f"AWS/States has no executions of {machine} yet")
        return
    usd = executions / 1e6 * rates["million_express_requests"]
    yield Line("Step Functions Express, requests", amounts.of(executions, "execution"), usd)
    yield _duration(stack, stack.of_type(MACHINE)[machine])


def _duration(stack: Stack, arn: str) -> Line:
    """Milliseconds, times the megabytes of an average execution."""
    found = stack.meter.read(
        {
            "milliseconds": _of_machine("ExpressExecutionBilledDuration", arn),
            "megabytes": _of_machine("ExpressExecutionBilledMemory", arn),
            "of": _of_machine("ExpressExecutionBilledMemory", arn, "SampleCount"),
        }
    )
    what, milliseconds, megabytes, of = "Step Functions Express, duration", *found.values()
    if not (milliseconds and megabytes and of):
        return unknown(what, "AWS/States has no ExpressExecutionBilledDuration and -Memory of it")
    gb_seconds = milliseconds / 1000 * megabytes / of / 1024
    rate = prices.table("step_functions_usd")["express_gb_second"]
    return Line(what, f"{gb_seconds:,.1f} GB-seconds", gb_seconds * rate)


def _of_machine(name: str, arn: str, stat: str = "Sum") -> Metric:
    return Metric("AWS/States", name, (("StateMachineArn", arn),), stat)
