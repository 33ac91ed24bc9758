"""The task: the moves of a random game of Othello so far -> the squares where the next player may move."""

import torch
from torch import Tensor

from lab.data import Batch
from lab.othello import Games, Rules
from lab.settings import Settings

EMPTY, MINE, THEIRS = 0, 1, 2  # a square's state, seen by the player who moves next


class Othello:
    """Random games as tokens [game, turn], without the last move; token 0 stands after the end.

    Tokens 1, 2, ... are the squares in the order of reading without the four in the centre, as in the
    published Othello-GPT. Neither colours nor forced passes are written: the model sees moves alone.
    Targets [game, turn, d_vocab] share out 1 among the legal next moves, which is how likely each is
    in a random game; they are 0 where the game is over.
    """

    def __init__(self, settings: Settings, device: torch.device) -> None:
        self.rules = Rules(8 if settings.model else settings.board_side)
        self.n_ctx = self.rules.n_turns - 1
        self.d_vocab = self.rules.n_turns + 1
        self.device = device
        self.batch_size = settings.batch_size
        self.n_games = settings.n_games
        self.seed = settings.seed
        self.generator = torch.Generator(device).manual_seed(settings.seed)
        square_token = torch.zeros(
            self.rules.n_squares + 1, dtype=torch.long
        )  # the last one: square -1
        square_token[self.rules.playable] = torch.arange(1, self.d_vocab)
        self._square_token = square_token.to(device)
        self._playable = torch.tensor(self.rules.playable, device=device)
        self._training: Games | None = None
        self.games = self.draw(settings.n_held_out, settings.seed + 1_000_003)
        self._held_out = self.batch(self.games)
        # where rules that know no colours name a legal move: 0 or 1, [game, turn]
        self.guessers = self._guess(2000)
        asked = self._held_out.targets.sum(-1) > 0
        self.chance = max(right[asked].mean().item() for right in self.guessers.values())

    def _guess(self, n: int) -> dict[str, Tensor]:
        """Where rules that know no colours name a legal move, 0 or 1 for each held-out position [game, turn].

        Each names the square that was most often legal in n other games: at that turn; at that turn and
        not yet taken; at that turn, after that last move, and not yet taken. The last one is least
        squares from all squares that are taken, the last move and the turn to the legal moves.
        """
        known = self.draw(n, self.seed + 2_000_003)
        last, legal = self.tokens(known.moves[:, :-1]), self.legal_moves(known).float()
        at = torch.arange(self.n_ctx, device=self.device) * self.d_vocab
        cells = legal.new_zeros(self.n_ctx * self.d_vocab, self.d_vocab)
        after_move = cells.index_add(0, (at + last).flatten(), legal.flatten(0, 1))
        tokens, targets = self._held_out
        taken = torch.nn.functional.one_hot(tokens, self.d_vocab).cumsum(1) > 0
        by_turn = legal.mean(0).expand(len(tokens), -1, -1)
        # games end at different moves, so what is rare after a last move falls back on the turn
        by_move = after_move[at + tokens] + 0.01 * by_turn
        x, y = self.colourless(self.tokens(known.moves[:, :-1])).flatten(0, 1), legal.flatten(0, 1)
        gram = x.T @ x + torch.eye(x.shape[1], device=self.device)
        linear = self.colourless(tokens) @ torch.linalg.solve(gram, x.T @ y)
        scores = {
            "best square for each turn": by_turn,
            "... that is not taken": by_turn.masked_fill(taken, -1),
            "... given the last move": by_move.masked_fill(taken, -1),
            "... linear in all of these": linear.masked_fill(taken, -9),
        }
        return {name: self.legality(score, targets) for name, score in scores.items()}

    def colourless(self, tokens: Tensor) -> Tensor:
        """Which squares are taken, the last move and the turn as ones and zeros: [game, turn, feature]."""
        last = torch.nn.functional.one_hot(tokens, self.d_vocab).float()
        turn = torch.eye(self.n_ctx, device=self.device).expand(len(tokens), -1, -1)
        return torch.cat([last, last.cumsum(1).clamp_max(1), turn], dim=-1)

    def draw(self, n: int, seed: int) -> Games:
        """n random games of a seed of their own."""
        return self.rules.random_games(n, torch.Generator(self.device).manual_seed(seed))

    def train_batch(self) -> Batch:
        """Games drawn from the training set, which is played when it is first asked for."""
        if self._training is None:
            self._training = self.draw(self.n_games, self.seed + 1)
        n = self.batch_size or self.n_games
        index = torch.randint(self.n_games, (n,), generator=self.generator, device=self.device)
        return self.batch(Games(*(part[index] for part in self._training)))

    def held_out(self) -> Batch:
        """The games `self.games`, of which training sees none."""
        return self._held_out

    def batch(self, games: Games) -> Batch:
        """Games as tokens and legal next moves."""
        legal = self.legal_moves(games).float()
        targets = legal / legal.sum(-1, keepdim=True).clamp_min(1)
        return Batch(self.tokens(games.moves)[:, :-1], targets)

    def tokens(self, squares: Tensor) -> Tensor:
        """The tokens of squares, of the same shape; 0 for -1."""
        return self._square_token[squares]

    def token(self, square: int) -> int:
        """The token of one square."""
        return int(self._square_token[square])

    def square(self, token: int) -> int:
        """The square of a token from 1 on."""
        return self.rules.playable[token - 1]

    def legal_moves(self, games: Games) -> Tensor:
        """Which tokens are legal next moves: booleans [game, turn, d_vocab], without the last turn."""
        legal = self.rules.squares(games.legal[:, :-1])[..., self._playable]
        return torch.nn.functional.pad(legal, (1, 0))

    def boards(self, games: Games) -> Tensor:
        """The state of each square after each move, EMPTY, MINE or THEIRS for the player who moves
        next: [game, turn, square], without the last turn."""
        mine = self.rules.squares(games.mine[:, :-1]).long()
        return MINE * mine + THEIRS * self.rules.squares(games.theirs[:, :-1]).long()

    def black_white(self, games: Games) -> Tensor:
        """The same boards by colour, 1 for black and 2 for white, whoever moves next."""
        black_next = self.black_moves_next(games)[..., None]
        board = self.boards(games)
        swapped = torch.where(board == EMPTY, EMPTY, MINE + THEIRS - board)
        return torch.where(black_next, board, swapped)

    def black_moves_next(self, games: Games) -> Tensor:
        """Whether black is the next player to move: [game, turn], without the last turn.

        The disc just played belongs to the player who moved: where it is "mine" after the move, the
        other player had to pass and the same one moves again.
        """
        played = torch.ones_like(games.moves) << games.moves.clamp_min(0)
        passed = ((games.mine & played) != 0) & (games.moves >= 0)
        changed = (~passed).long().cumsum(1) % 2
        return (changed == 0)[:, :-1]

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Cross-entropy in nats with the legal next moves, averaged over the turns that have any."""
        asked = targets.sum(-1) > 0
        return -(targets * logits.float().log_softmax(-1)).sum(-1)[asked].mean()

    def score(self, logits: Tensor, targets: Tensor) -> float:
        """Legality: how often the highest logit is a legal move."""
        return self.legality(logits, targets)[targets.sum(-1) > 0].mean().item()

    def legality(self, logits: Tensor, targets: Tensor) -> Tensor:
        """1 where the highest logit is a legal move, else 0: [game, turn]."""
        return (targets.gather(-1, logits.argmax(-1, keepdim=True))[..., 0] > 0).float()

    def by_turn(self, right: Tensor) -> Tensor:
        """The mean of numbers [game, turn] at each turn [turn], over held-out games that are still going on."""
        going_on = self._held_out.targets.sum(-1) > 0
        return (right * going_on).sum(0) / going_on.sum(0).clamp_min(1)

    def drawing(self, games: Games, game: int, turn: int) -> str:
        """The board after a turn, as text: x moves next, o is the opponent, * is where x may move."""
        one = Games(*(part[game : game + 1] for part in games))
        legal = self.rules.squares(one.legal[0, turn]).tolist()
        states = self.boards(one)[0, turn].tolist()
        marks = ["*" if may else ".xo"[state] for may, state in zip(legal, states, strict=True)]
        side = self.rules.side
        return "\n".join(" ".join(marks[at : at + side]) for at in range(0, len(marks), side))

    def show(self, tokens: Tensor) -> str:
        """One game in players' notation."""
        return " ".join(self.rules.name(self.square(token)) for token in tokens.tolist() if token)


def make_task(settings: Settings, device: torch.device) -> Othello:
    """The task with these settings, its games on the device."""
    return Othello(settings, device)
