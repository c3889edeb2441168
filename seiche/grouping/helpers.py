"""Frames that fail on behalf of their caller, and frames that only pass a call on. Version 2; frozen with it.

A guard (`must`, `Preconditions.checkArgument`), a client's transport (`_request`, `query`) or a factory of exceptions
(`JsonMappingException.from`) raises for many problems: the caller goes into the identity as well. Taking a frame for a helper can
therefore split an issue, never mix two.
"""

import re
from functools import lru_cache

from seiche.grouping.names import CACHE, words
from seiche.grouping.templates import tokens


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


GUARDS = _words(
    "assert check demand enforce ensure expect fail guard invariant must need precondition require throw raise die abort panic reject "
    "refuse validate verify violation unreachable bail checked ensured validated verified"
)
"""Verbs of functions whose job is to complain."""
GENERIC = _words(
    "a all an any arg argument args arguments array be blank bool bounds condition config contains defined dict element elements empty "
    "eq equal equals error exception exists field fields false finite found greater have has if in index input instance int integer is "
    "item key keys len length less list max message min missing negative nil non none not null number object ok on one only or param "
    "parameter parameters params positive present property range required set size some state str string that the to true type types "
    "undefined unset valid value values with zero else for"
)
"""Words that name no part of a program's own subject."""
CLIENTS = _words(
    "call do exchange exec execute fetch fetchall fetchone get invoke load open patch perform post put query read request retry run select "
    "send stream submit write handle api http"
)
"""Verbs of functions that hand a call to something else."""
CARGO = _words("api async body cursor data db http internal json once raw response rpc sql status sync text transport url with connection")
"""What they hand on."""
PLACES = _words(
    "adapter api assert assertions asserts backend base check checks client client2 common connection connector core database db fetch "
    "fetcher gateway guard guards helper helpers http invariant invariants lib net network preconditions proxy remote request requests "
    "rest rpc session shared sql store transport upstream util utils validate validation validations validator validators wrapper "
    "errors exceptions error argument arguments assertion validate verify ensure require"
)
"""Words of modules, files and classes that serve everybody."""
SUBJECTLESS = (
    GENERIC
    | GUARDS
    | CLIENTS
    | CARGO
    | _words(
        "allowed assertion bad but can cannot could expected failed failure given got illegal mandatory provided received responded "
        "server service should timed timeout out unavailable unexpected unknown upstream was were wrong code reason"
    )
)
"""Words of messages that could be about anything."""
TRANSPORTS = frozenset({"request", "fetch", "http", "rpc", "graphql"})
"""What a client's transport begins its name with, or ends it after one of `ASKING`: `fetchJson`, `send_request`; not `read_request`."""
ASKING = frozenset({"do", "make", "send", "perform", "issue", "api", "raw", "execute"})
MAKERS = frozenset({"error", "exception", "fault", "failure"})
PASSING = frozenset({
    "wrapper", "wrapped", "_wrapper", "_wrapped", "inner", "_inner", "decorated", "decorator", "_decorator", "proceed", "intercept",
    "__call__", "_call_with_frames_removed", "trampoline", "around", "advice", "doFilter", "next", "dispatch",
    "retry", "retried", "retries", "retrying", "retryable", "with_retry", "withRetry", "with_retries", "withRetries", "attempt", "attempts",
    "timed", "traced", "logged", "audited", "measured", "instrumented", "with_span", "withSpan", "with_timeout", "withTimeout", "backoff",
})  # fmt: skip
"""Functions of decorators and chains: they pass a call on, unless they failed themselves."""
_GENERATED = re.compile(
    r"GeneratedMethodAccessor|GeneratedConstructorAccessor|GeneratedAccessor|\$Proxy\d|^(?:com\.sun\.proxy|jdk\.proxy\d*)\."
    r"|CGLIB\$\$|^(?:jdk|sun)\.(?:internal\.)?reflect\.|^java\.lang\.reflect\.|^java\.lang\.invoke\."
)
_ACCESSOR = re.compile(r"^access\$\d+$|^_?__apm\$|^bridge\$")
_RUNTIME = re.compile(
    r"^(?:runtime\.(?:gopanic|panic\w*|sigpanic|goexit|main|throw|fatal\w*)|gopanic|panicmem|sigpanic|goexit|rust_begin_unwind|rust_panic\w*"
    r"|(?:core|std)::(?:panicking|panic|option|result)(?:::\w+)*|_?abort|raise|gsignal|__assert_fail|__cxa_\w+|objc_exception_throw"
    r"|_swift_runtime_on_report|swift_\w+|_assertionFailure|__pthread_kill|pthread_kill|RaiseException|KiUserExceptionDispatch\w*"
    r"|__exceptionPreprocess|__libc_start_\w+|_start|BaseThreadInitThunk|RtlUserThreadStart|_sigtramp)$"
)
RAISES = re.compile(
    r"\b(?:throw|raise|panic!?|assert\w*|abort|die|reject|unreachable!?|todo!?|unwrap|raise_for_status|EnsureSuccessStatusCode|fatalError"
    r"|preconditionFailure|trigger_error|fail|croak|bail!?)\b"
)
IMPLICIT = frozenset({
    "NullPointerException", "ArithmeticException", "ClassCastException", "ArrayIndexOutOfBoundsException", "NegativeArraySizeException",
    "ArrayStoreException", "StackOverflowError", "OutOfMemoryError", "NoClassDefFoundError", "ExceptionInInitializerError",
    "NullReferenceException", "IndexOutOfRangeException", "DivideByZeroException", "InvalidCastException", "OverflowException",
    "TypeError", "ReferenceError", "RangeError", "SyntaxError", "URIError",
    "AttributeError", "NameError", "UnboundLocalError", "IndexError", "KeyError", "ZeroDivisionError",
    "NoMethodError", "ZeroDivisionException", "DivisionByZeroError", "ArgumentCountError", "EXC_BAD_ACCESS", "SIGSEGV", "SIGBUS",
    "runtime.errorString", "runtime.boundsError", "runtime.Error", "*runtime.TypeAssertionError",
    "KotlinNullPointerException", "UninitializedPropertyAccessException", "MatchError", "RecursionError",
})  # fmt: skip
"""What runtimes raise by themselves, at the line that is wrong."""


def raises(line: str, kind: str, *, beneath_library: bool) -> bool:
    """Whether something raised on purpose: a library that the frame called, or itself: its line says so, or no runtime raises the type."""
    return beneath_library or kind not in IMPLICIT or RAISES.search(line) is not None


@lru_cache(maxsize=CACHE)
def is_machinery(place: str, function: str) -> bool:
    """Whether a frame is generated (proxies, accessors, reflection) or a runtime's panic machinery: it never is at fault."""
    return _ACCESSOR.match(function) is not None or _GENERATED.search(place) is not None or _RUNTIME.match(function) is not None


@lru_cache(maxsize=CACHE)
def says_nothing(kind: str, template: str) -> bool:
    """Whether a message that somebody wrote names no subject: a guard's, or a client's, which many callers share."""
    words_of = tokens(template)
    return (
        kind not in IMPLICIT
        and all(word in SUBJECTLESS or word[0] == "<" for word in words_of)
        and (not words_of or any(word[0] != "<" for word in words_of))
    )


@lru_cache(maxsize=CACHE)
def is_helper(place: str, function: str, kind: str, *, asked: bool = False) -> bool:
    """Whether a frame's name says that it complains, or fetches, for whoever calls it. `place`: module or file.

    `asked`: the error is what another service answered, so a name that only says how it was asked is enough.
    """
    simple = words(re.split(r"[.:]|->", function)[-1])
    if not simple:
        return False
    owner = (
        re.sub(r"\.\w{1,4}$", "", place) if "/" in place or place.endswith((".py", ".js", ".ts", ".rb", ".php", ".go", ".rs")) else place
    )
    last = words(re.split(r"[./\\:$]", owner)[-1])
    made = (bool(kind) and owner.endswith(kind)) or (simple[-1] in MAKERS and len(simple) > 1)
    # `made`: a factory of the exception itself, or its constructor.
    if made or (len(simple) > 2 and simple[-2] == "or" and simple[-1] in GUARDS):  # find_or_throw
        return True
    if simple[0] in GUARDS and all(word in GENERIC or word in GUARDS or word in CARGO for word in simple[1:]):
        return True
    hands_on = simple[0] in CLIENTS and all(word in CLIENTS or word in CARGO or word in GENERIC for word in simple[1:])
    if hands_on and (asked or simple[0] in TRANSPORTS or (simple[-1] in TRANSPORTS and simple[0] in ASKING)):
        return True
    serves = bool(last) and (last[-1] in PLACES or last[-1] in GUARDS)
    return serves and (hands_on or all(word in GENERIC for word in simple))
