"""What the field calls the same thing, and which words of a search mean a filter. By hand.

Phrases are in lower case, in the singular, without hyphens: `read` brings a text into that form.
Add a line here when a search in `tests/index/queries.tsv` cannot be answered otherwise.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from problembrowser.index.words import SMALL, folded, quotations, words

# Any phrase of a line finds what has any other of it.
SAME = (
    ("sae", "sparse autoencoder", "sparse dictionary", "dictionary learning"),
    ("dla", "direct logit attribution"),
    ("ioi", "indirect object identification", "indirect object"),
    ("rome", "causal tracing", "locating and editing factual associations"),
    ("acdc", "automatic circuit discovery", "automated circuit discovery", "circuit discovery"),
    ("ood", "out of distribution", "distribution shift", "dataset shift"),
    ("rlhf", "reinforcement learning from human feedback", "human feedback", "human preference"),
    ("rl", "reinforcement learning"),
    ("icl", "in context learning"),
    ("few shot", "few shot learning", "few example"),
    ("recall", "remember", "store"),
    ("chat model", "chatgpt", "gpt 4", "claude", "llm assisted"),
    ("cot", "chain of thought"),
    ("ln", "layer norm", "layernorm", "layer normalisation"),
    ("pos embedding", "positional embedding", "position embedding", "positional encoding"),
    ("rope", "rotary", "rotary embedding", "rotary position"),
    ("vit", "vision transformer", "image transformer"),
    ("cnn", "convnet", "convolutional network", "convolutional"),
    ("dnn", "deep neural network"),
    ("llm", "language model", "large language model"),
    ("pca", "principal component analysis", "principal component"),
    ("svd", "singular value decomposition", "singular value"),
    ("nmf", "non negative matrix factorisation"),
    ("tms", "toy model of superposition"),
    ("s inhibition", "subject inhibition"),
    ("tic tac toe", "noughts and crosses"),
    ("rebasin", "re basin", "git re basin", "permutation symmetry", "weight matching"),
    ("day of the week", "weekday", "monday", "month", "calendar"),
    ("forgetting", "forget", "catastrophic forgetting"),
    ("max", "maximum"),
    ("min", "minimum"),
    (
        "bracket",
        "bracket matching",
        "balanced bracket",
        "parenthesis",
        "parentheses",
        "paren",
        "dyck",
    ),
    ("mod", "modular", "modulo"),
    ("modular addition", "modular arithmetic", "modulo p", "mod addition", "addition mod p"),
    ("grok", "grokking"),
    ("phase transition", "phase change", "sudden jump"),
    ("polysemantic", "polysemanticity", "several meanings"),
    ("monosemantic", "monosemanticity"),
    ("attention head", "head"),
    ("attn", "attention"),
    ("qk", "query key"),
    ("ov", "output value"),
    ("gpt2", "gpt 2"),
    ("gptj", "gpt j"),
    ("othello", "othello gpt", "othellogpt"),
    ("go", "baduk", "katago", "leela zero"),
    ("leela", "lc0", "leela chess zero"),
    ("html", "html tag"),
    ("fact", "factual", "factual recall", "knowledge"),
    ("memorise", "memorisation", "memorised", "verbatim"),
    ("repeat", "repetition", "repeated"),
    ("backup head", "self repair", "hydra effect", "backup name mover"),
    ("finetune", "finetuning", "fine tune", "fine tuning"),
    ("checkpoint", "during training", "training dynamic"),
    ("feature visualisation", "feature viz", "deepdream", "deep dream", "lucid"),
    (
        "max activating",
        "max activating example",
        "dataset example",
        "top activating",
        "top example",
    ),
    ("autointerp", "automated interpretability", "auto interpretability", "llm assisted"),
    ("ablate", "ablation", "remove", "delete", "knock out", "knockout"),
    ("prune", "pruning"),
    ("linear probe", "probing", "probe"),
    ("steering vector", "activation steering", "steering", "activation addition"),
    ("adversarial", "adversarial example"),
    ("interp illusion", "interpretability illusion"),
    ("skip trigram", "skip tri gram"),
    ("ngram", "n gram"),
    ("tokenisation", "tokenization", "tokeniser", "tokenizer", "detokenisation"),
    ("translate", "translation"),
    ("language", "multilingual"),
    ("pronoun", "gender"),
    ("language identification", "language detection", "which language"),
    ("logic gate", "boolean function", "ands and ors"),
    ("acronym", "abbreviation"),
    ("capital letter", "capitalisation", "capital"),
    ("comma", "punctuation", "full stop"),
    ("e mail", "email"),
    ("docstring", "python docstring"),
    ("code", "programming", "source code"),
    ("arithmetic", "addition"),
    ("multiply", "multiplication"),
    ("sort", "sorting"),
    ("count", "counting"),
    ("graph", "shortest path", "path finding"),
    ("linear regression", "regression"),
    ("state machine", "automaton", "automata", "finite state"),
    ("seed", "random seed"),
    ("universality", "universal"),
    ("wrong goal", "goal misgeneralisation", "goal misgeneralization", "misgeneralisation"),
    ("maze", "procgen", "coinrun"),
    ("diffusion", "stable diffusion", "text to image"),
    ("copy suppression", "negative head", "anti induction"),
    ("lottery ticket", "winning ticket"),
    ("scaling law", "scaling curve", "scaling"),
    ("emergence", "emergent ability", "emergent"),
    ("summary", "summarise", "summariser", "summarisation"),
    ("model diffing", "model diff", "diff model", "compare two model"),
    ("neuroscope", "neuronpedia"),
    ("path patching", "edge patching"),
    ("activation patching", "causal mediation", "interchange intervention", "patching"),
    ("attribution patching", "atp"),
    ("integrated gradient", "saliency", "feature attribution"),
    ("transcoder", "wide mlp"),
    ("toy model", "toy"),
    ("hex", "hexadecimal"),
    ("world model", "board state"),
    ("s curve", "sigmoid curve"),
    ("chess", "alphazero"),
    ("typographic attack", "adversarial text", "text on image"),
)

# A phrase that also finds what has one of these, but is not found by them.
ALSO = {
    "icl": ("few shot", "few example"),
    "in context learning": ("few shot", "few example"),
    "few shot": ("in context learning",),
    "ood": ("length generalisation", "goal misgeneralisation", "longer list"),
    "out of distribution": ("length generalisation", "goal misgeneralisation", "longer list"),
    "positional embedding": ("position",),
    "position embedding": ("position",),
    "vision": ("image", "vision transformer", "convnet", "inceptionv1"),
    "image": ("vision", "convnet", "inceptionv1", "vit", "clip", "diffusion"),
    "picture": ("image",),
    "computer vision": ("image", "convnet", "vit"),
    "game": ("othello", "chess", "atari", "go", "noughts and crosses", "board game"),
    "agent": ("policy", "reinforcement learning"),
    "robot": ("agent", "policy"),
    "math": ("arithmetic", "addition", "multiplication", "modular"),
    "maths": ("arithmetic", "addition", "multiplication", "modular"),
    "number": ("arithmetic", "addition", "digit"),
    "refusal": ("steering", "safety"),
    "jailbreak": ("refusal", "adversarial", "red teaming"),
    "deception": ("monitoring", "wrong goal", "deceptive"),
    "lie": ("deception", "truth", "monitoring"),
    "sycophancy": ("reward model", "steering", "rlhf"),
    "hallucination": ("factual recall", "monitoring"),
    "chain of thought": ("reasoning", "multi step reasoning", "planning"),
    "reasoning": ("multi step reasoning", "planning", "logic"),
    "backdoor": ("trojan", "red teaming"),
    "unlearning": ("model editing", "erase"),
    "safety": ("rlhf", "reward model", "wrong goal", "goal misgeneralisation", "monitoring"),
    "alignment": ("rlhf", "reward model", "wrong goal", "goal misgeneralisation"),
    "reward hacking": ("reward model", "wrong goal"),
    "bias": ("gender", "length bias"),
    "sentiment": ("sadness", "emotion"),
    "emotion": ("sadness", "sentiment"),
    "weight": ("weights only", "from the weights"),
    "visualisation": ("visualise", "plot", "feature visualisation"),
    "tool": ("tooling",),
    "build a tool": ("tooling",),
    "lora": ("fine tuning",),
    "mamba": ("recurrent", "state space model"),
    "rnn": ("recurrent", "recurrent network"),
    "lstm": ("recurrent", "recurrent network"),
    "transformer lens": ("transformerlens",),
    "neel": ("transformerlens",),
}

# Words that mean a filter -> (field of Filter, value, as it is typed).
FILTERS: dict[str, tuple[str, str | bool, str]] = {
    "no gpu": ("compute", "cpu", "--compute cpu"),
    "without gpu": ("compute", "cpu", "--compute cpu"),
    "without a gpu": ("compute", "cpu", "--compute cpu"),
    "cpu": ("compute", "cpu", "--compute cpu"),
    "cpu only": ("compute", "cpu", "--compute cpu"),
    "laptop": ("compute", "cpu", "--compute cpu"),
    "on a laptop": ("compute", "cpu", "--compute cpu"),
    "low code": ("coding", "low", "--coding low"),
    "little code": ("coding", "low", "--coding low"),
    "no code": ("coding", "low", "--coding low"),
    "little coding": ("coding", "low", "--coding low"),
    "no coding": ("coding", "low", "--coding low"),
    "low coding": ("coding", "low", "--coding low"),
    "beginner": ("difficulties", "A", "-d A"),
    "beginner friendly": ("difficulties", "A", "-d A"),
    "newbie": ("difficulties", "A", "-d A"),
    "novice": ("difficulties", "A", "-d A"),
    "first project": ("difficulties", "A", "-d A"),
    "easy": ("difficulties", "A", "-d A"),
    "easiest": ("difficulties", "A", "-d A"),
    "hardest": ("difficulties", "D", "-d D"),
    "very hard": ("difficulties", "D", "-d D"),
    "with starter": ("starter", True, "--starter"),
    "with a starter": ("starter", True, "--starter"),
    "has starter": ("starter", True, "--starter"),
    "starter code": ("starter", True, "--starter"),
    "unsolved": ("no_known_work", True, "--no-known-work"),
    "not yet solved": ("no_known_work", True, "--no-known-work"),
    "no known work": ("no_known_work", True, "--no-known-work"),
    "starred": ("starred", True, "--starred"),
}
# Phrases that fit any problem.
_FILLING = {"reverse engineer", "reverse engineering", "mechanistic interpretability"}
_LONGEST = 5

Phrase = tuple[str, ...]


class Concept(NamedTuple):
    """One thing that is searched for: any of its phrases, the typed one first, or of `also`."""

    phrases: tuple[Phrase, ...]
    also: tuple[Phrase, ...] = ()
    quoted: bool = False


class Meaning(NamedTuple):
    """What a text asks for: concepts, words side by side, and filters that some words mean."""

    concepts: tuple[Concept, ...]
    pairs: tuple[Concept, ...]
    filters: tuple[tuple[str, str | bool, str], ...]


def read(text: str) -> Meaning:
    """What a text asks for; words that tell nothing are left out unless there are no others."""
    concepts: list[Concept] = []
    pairs: list[Concept] = []
    filters: dict[tuple[str, str | bool, str], None] = {}
    small: list[Concept] = []
    for is_quotation, found in quotations(text):
        if is_quotation:
            concepts.append(Concept((tuple(found),), quoted=True))
            continue
        before: Phrase = ()
        for phrase in _phrases(found):
            key = " ".join(phrase)
            if key in FILTERS:
                filters[FILTERS[key]] = None
                before = ()
            elif key in SMALL or key in _FILLING:
                small.append(Concept((phrase,)))
                before = ()
            else:
                concepts.append(
                    Concept((phrase, *_same().get(phrase, ())), _also().get(phrase, ()))
                )
                if before:
                    pairs.append(Concept(((*before, *phrase),), quoted=True))
                before = phrase
    asked = concepts or ([] if filters else small)
    return Meaning(tuple(asked), tuple(pairs), tuple(filters))


def _phrases(typed: Sequence[list[str]]) -> Iterator[Phrase]:
    """What was typed, word by word, but for the longest phrases that these tables know.

    Each item is what stood between two spaces: `gpt-2` stays one phrase though it is two words.
    """
    place = 0
    while place < len(typed):
        for end in range(min(len(typed), place + _LONGEST), place, -1):
            phrase = tuple(word for words in typed[place:end] for word in words)
            known = _known(phrase)
            if known or end == place + 1:
                yield known or phrase
                place = end
                break


def _known(phrase: Phrase) -> Phrase:
    """A phrase as the tables have it, in the singular if need be; () if none has it."""
    for form in (phrase, tuple(map(_singular, phrase)), (*phrase[:-1], _singular(phrase[-1]))):
        form = tuple(map(folded, form))
        if form in _same() or form in _also() or " ".join(form) in {*FILTERS, *_FILLING}:
            return form
    return ()


@cache
def _same() -> dict[Phrase, tuple[Phrase, ...]]:
    found: dict[Phrase, tuple[Phrase, ...]] = {}
    for line in SAME:
        phrases = tuple(map(_phrase, line))
        for one in phrases:
            found[one] = (*found.get(one, ()), *(other for other in phrases if other != one))
    return found


@cache
def _also() -> dict[Phrase, tuple[Phrase, ...]]:
    return {_phrase(one): tuple(map(_phrase, others)) for one, others in ALSO.items()}


def _phrase(text: str) -> Phrase:
    """ "summarizer" as well as "summariser": to the index they are one word."""
    return tuple(map(folded, words(text)))


def _singular(word: str) -> str:
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word
