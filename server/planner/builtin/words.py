"""The closed classes of English that the planner knows, and how words are inflected.

Read by `spans.py` and `lexicon.py`. Invariant: nothing here names anything of a data set;
a word that is neither here nor in the model is unknown, and unknown words are never skipped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Final, Literal

Role = Literal[
    "by", "count", "how_much", "share", "top", "bottom", "size_top", "size_bottom", "aggregate",
    "compare", "trend", "not", "which", "list", "only", "follow", "pronoun", "overview", "vague",
    "why", "distinct", "frequent", "chart", "and", "or", "of", "with", "each_other", "verb_is",
    "where", "correct", "also", "reset", "split", "hostile", "to_now", "judgement", "order", "change", "year_ago", "period_ago", "newest", "oldest", "ratio_per",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a closed-class phrase does in a question."""

    role: Role
    value: str = ""


_PHRASES: Final[Mapping[Role, str]] = {
    "by": """by | per | for each | for every | each | every | in each | at each | from each | of each
        | by each | across | across all | broken down by | break down by | breakdown by | split by
        | grouped by | group by | segmented by | within each | sliced by | by every | depending on
        | according to | for all | for the different | across the different | across different
        | by different | by individual | in terms of | over the different | among""",
    "count": """how many | number of | count of | count | counts | total number of
        | no of | quantity of | amount of different | tally | tally of | hm | how mny | volume of""",
    "how_much": "how much | how big | what value | what amount | how much money | what worth | total value of",
    "share": """share | share of | shares | percentage | percentage of | percent of | percent
        | proportion | proportion of | fraction | fraction of | portion of | contribution of
        | contribution | what part of | part of | ratio of | % of""",
    "top": "top | most | best | leading | greatest | strongest | number one | highest ranking",
    "bottom": "bottom | least | worst | fewest | weakest | poorest",
    "size_top": "largest | biggest | highest | most valuable | priciest",
    "size_bottom": "smallest | lowest | tiniest | least valuable | cheapest",
    "newest": "newest | latest | most recent | most recently",
    "oldest": "oldest | earliest",
    "compare": """compare | comparing | compared | comparison | comparison of | versus | vs | against
        | compared to | compared with | difference between | relative to | in comparison to
        | stack up against | how does | how do | differ | differ by | differs by | vary by | varies by""",
    "trend": """trend | trends | over time | trending | develop | developed | development | evolve
        | evolved | evolution | progression | history of | time series | changed over time
        | change over time""",
    "not": """not | no | without | excluding | except | except for | exclude | excludes | ignoring
        | other than | apart from | besides | never | leaving out | minus | not counting
        | not including | but not | none of | without any | outside of | outside | non
        | not from | not in | leave out | aside from | without counting | neither | nor""",
    "which": "which | what | who | whose | which of | which ones",
    "list": """list | show | show me | display | give me | find | list all | show all | give | see
        | let me see | pull up | get me | i want to see | i need to see | i would like to see | which are
        | tell me | tell me about | pull | get | fetch | bring up | enumerate | list of | a list of""",
    "only": """only | just | limited to | limit to | restrict to | restricted to | specifically
        | narrow to | narrow down to | narrow it to | filter to | filter by | filtered to | filter
        | filter on | filter for | exclusively""",
    "follow": """what about | how about | and what about | and how about | and | now | now show me
        | same for | the same for | same but | and for | also show | instead | but | then | ok | okay
        | same thing for | the same by | do the same for | next""",
    "correct": """sorry | i meant | i mean | no i meant | i actually meant | actually | i meant to say
        | rather | no i mean | wait | my mistake | oops | correction | make that | not that""",
    "also": "also | as well | too | in addition | additionally | add | further | plus | along with | together with",
    "reset": "something else | different question | new question | another question | different topic | change of topic | moving on | forget that",
    "pronoun": """those | them | that | these | it | ones | one | they | the same | this one | that one
        | same ones | its | their | the top one | the first one | the leader""",
    "overview": """overview | overview of | summary | summary of | snapshot | dashboard | big picture
        | situation | highlights | key figures | key metrics | kpis | kpi | key numbers
        | headline numbers | headline figures | how are we doing | how is business
        | how is the business | how is business going | at a glance | recap | recap of | status quo
        | current situation | business review | summarize | summarise | state of the business
        | performance overview | how are things going | important ones | main metrics""",
    "vague": """numbers | figures | stats | statistics | data | metrics | info | information | results
        | performance | performing | perform | performs | performed | doing | going | things | stuff
        | report | details | insights | insight | analysis | analytics | analyze | analyse | looking
        | look | looks | outlook | shaping up | shaping | shape | happening | happened | going on
        | everything | anything | something | progress | rest""",
    "judgement": """good | bad | well | badly | better | important | interesting | improve | improvement
        | health | healthy | successful | focus | focus on | success | effective | efficient | strong
        | weak | valuable | attractive | concerning | attention | risk | risky | at risk | problem
        | problems | issues | promising | critical | priority | prioritize | worry | worrying | hot
        | cold | significant | key""",
    "order": """ranked by | sorted by | ordered by | rank by | sort by | order by | ranked | sorted
        | ordered | rank | sort | ranking of | ranking | by order of | in order of""",
    "why": "why | reason | reasons | cause | causes | caused | explain | driver | drivers | driving | because of what | what drives | how come",
    "distinct": "different | distinct | unique | individual | separate | various",
    "frequent": "common | frequent | popular | often | frequently | commonly | prevalent | typical",
    "and": "and | & | as well as | plus | along with | together with",
    "or": "or | and or | either",
    "of": "of",
    "with": "with | having | that have | which have | who have | has | have | had | whose | containing | that had | who had | that has",
    "change": """change | changed | changes | changing | grow | grew | grown | growing | growth | increase
        | increased | increasing | decrease | decreased | decline | declined | declining | fall | fell
        | fallen | rise | rose | risen | drop | dropped | up or down | went up | went down | gone up
        | gone down | moved | shrink | shrunk | growth rate | change in | growth in | growth of""",
    "year_ago": """year over year | year on year | yoy | same period last year | a year ago | year ago
        | same month last year | same quarter last year | same time last year | the year before
        | the same period last year | same week last year""",
    "period_ago": """previous period | prior period | the period before | period over period
        | previous one | the previous one | prior one | the one before | preceding period
        | the month before | the quarter before | the week before""",
    "each_other": "each other | compared to each other | compared with each other | one another | among themselves | side by side | head to head",
    "verb_is": """is | are | was | were | comes from | come from | came from | belong to | belongs to
        | is in | are in | originates from | stems from | stem from | goes to | go to | went to | sits in
        | sit in | represents | represent | do we | did we | have been | has been | account for
        | accounts for | accounted for by | falls into | fall into | fell into | is from | are from""",
    "where": "where | that | who | when",
    "split": """breakdown | break down | split | distribution | distributed | mix | composition
        | by category | broken down | segmentation | breakdown of | distribution of | split of
        | break that down | break it down | break this down | drill down | drill into""",
    "to_now": "so far | thus far | up to now | until now | to date | up to today | until today",
    "hostile": """drop table | truncate | insert into | update set | select * from 
        | ignore the above | ignore all | disregard | system prompt | forget your rules | jailbreak
        | hidden instructions | your instructions | previous instructions | ignore previous
        | ignore your | ignore all previous | truncate table | delete from | alter table | your prompt""",
}  # fmt: skip

_AGGREGATES: Final[Mapping[str, str]] = {
    "avg": "average | avg | mean | averages | on average | average of | mean of",
    "median": "median | median of | medians",
    "sum": "total | sum | sum of | total of | combined | overall total | in total | overall | altogether | aggregate | totals",
    "stddev": "standard deviation | standard deviation of | stddev | std dev | std deviation | spread of | variability of",
    "min": "minimum | min | minimum of",
    "max": "maximum | max | maximum of",
}  # fmt: skip

_CHARTS: Final[Mapping[str, str]] = {
    "bar": "as a bar chart | as bar chart | bar chart | bar graph | as bars | as a bar graph | column chart | as a bar | in a bar chart | with a bar chart | bars",
    "pie": "as a pie | as a pie chart | as pie chart | pie chart | as pie | donut chart | doughnut chart | in a pie chart | with a pie chart | pie",
    "line": "as a line chart | as line chart | line chart | line graph | as a line | as a line graph | in a line chart | with a line chart",
    "table": "as a table | as table | in a table | table | in tabular form | as a list | tabular | in table form",
    "metrics": "as kpis | as kpi cards | as cards",
}  # fmt: skip

_FILLERS: Final = frozenset(
    """a an the our we us i you your my me mine ours please pls plz thanks thank thx hi hello hey
    can could would should will shall do does did done am be been being 's 're 've 'd 'll 'm was were is
    are has have had having of to in on at for from with into onto as by than so such any some all
    there here this that it its also just kindly currently right currently today's let lets want wants
    like need needs know tell show see give get got make makes made take look looking find help
    right total overall exactly about around approximately roughly our their them they he she his her
    ever yet still already really actually quickly quick simple simply current currently moment
    each if then else per out off up down across among between within during via via amongst
    gonna wanna wondering curious question answer based what which who when where how much many whose
    s t u r ur w hw wat 4 n & : overall entire whole full  us
    may might must o'clock please? ok okay well yes yeah sure great cool nice good hmm um uh so
    come comes came coming bring brings brought go goes went going happen happens happened
    exist exists contain contains include includes including included regarding concerning
    single entire complete completely every one ones thing things now again both these those
    generate generated produce produced create chart graph plot visualize visualise visualization
    draw display table value values figure number numbers specific particular
    respectively respective given dear sir madam 
    back put run calculate compute determine say said mean means use using used think thought
    wise basis terms term time times sit sits sitting stand stands standing
    stood belong belongs belonging attached related associated tied linked worth while though
    although because however understand identify explore learn examine area areas furthermore moreover therefore hence thus""".split()
)  # fmt: skip
"""Words that never change what is asked; everything else unknown stops an answer."""

ABBREVIATIONS: Final[Mapping[str, str]] = {
    "hw": "how", "wat": "what", "wht": "what", "wich": "which", "whch": "which", "shw": "show",
    "avrg": "average", "avge": "average", "nr": "number", "num": "number", "cnt": "count", "qty": "number",
    "pct": "percent", "perc": "percent", "excl": "excluding", "incl": "including", "w/o": "without",
    "wo": "without", "btw": "between", "b4": "before", "mth": "month", "mths": "months", "wk": "week",
    "wks": "weeks", "vs.": "vs", "approx": "approximately", "biz": "business", "msrp": "msrp",
    "gimme": "give", "lemme": "let", "thru": "through", "evry": "every", "n": "and",
}  # fmt: skip

PAST: Final = frozenset("did was were had".split())
FUTURE: Final = frozenset(
    "will expected due upcoming going expect forecast planned scheduled".split()
)


def _table() -> dict[tuple[str, ...], tuple[Meaning, ...]]:
    found: dict[tuple[str, ...], tuple[Meaning, ...]] = {}

    def add(text: str, meaning: Meaning) -> None:
        for phrase in text.split("|"):
            key = tuple(phrase.split())
            found[key] = (*found.get(key, ()), meaning)

    for role, text in _PHRASES.items():
        add(text, Meaning(role))
    for value, text in _AGGREGATES.items():
        add(text, Meaning("aggregate", value))
    for value, text in _CHARTS.items():
        add(text, Meaning("chart", value))
    return found


GRAMMAR: Final = _table()
LONGEST_PHRASE: Final = max(len(key) for key in GRAMMAR)
GRAMMAR_WORDS: Final = frozenset(word for key in GRAMMAR for word in key)


def is_filler(word: str) -> bool:
    """True for a word that says nothing about what is asked."""
    return word in _FILLERS


SKIPPED: Final = frozenset("a an the our my your their of".split())
"""Left out on both sides when phrases of the model are compared with the question."""


def plain_form(word: str) -> str:
    """The singular of a noun, or the word itself.

    >>> [plain_form(w) for w in ("deals", "companies", "losses", "status", "analysis", "boxes", "series")]
    ['deal', 'company', 'loss', 'status', 'analysis', 'box', 'series']
    """
    if len(word) <= 3 or not word.isalpha() or word in ("series", "sales", "news"):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes", "zes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


_IRREGULAR: Final = {
    "lost": "lose", "won": "win", "sold": "sell", "bought": "buy", "paid": "pay", "sent": "send",
    "spent": "spend", "left": "leave", "made": "make", "gave": "give", "given": "give", "took": "take",
    "grew": "grow", "grown": "grow", "held": "hold", "kept": "keep", "met": "meet", "ran": "run",
    "began": "begin", "begun": "begin", "chose": "choose", "chosen": "choose", "brought": "bring",
    "shipped": "ship", "shipping": "ship", "shipment": "ship",
}  # fmt: skip


def verb_form(word: str) -> str:
    """A rough stem shared by the forms of a verb: closing, closed, closes; cancelled, canceled.

    >>> [verb_form(w) for w in ("winning", "lost", "cancelled", "canceled", "renewal", "returns")]
    ['win', 'lose', 'cancel', 'cancel', 'renew', 'return']
    """
    word = _IRREGULAR.get(plain_form(word), plain_form(word))
    if len(word) <= 4 or not word.isalpha():
        return word
    stem = re.sub(r"(?:ations?|ation|ing|ed|ment|al|er)$", "", word)
    if len(stem) < 3:
        return word
    stem = re.sub(r"([b-df-hj-np-tv-z])\1$", r"\1", stem) if stem != word else stem
    return stem.removesuffix("e") if stem.endswith("e") and len(stem) > 4 else stem


def load_english() -> frozenset[str]:
    """Common words that must not be "corrected" into a word of the model."""
    text = resources.files("server.planner.builtin").joinpath("english.txt").read_text("utf-8")
    return frozenset(
        word for line in text.splitlines() if not line.startswith("#") for word in line.split()
    )
