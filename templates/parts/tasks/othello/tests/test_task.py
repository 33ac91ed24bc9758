"""The games against a second, plain implementation of Othello and against published counts."""

import pytest
import torch

from lab.othello import Rules
from lab.settings import QUICK
from lab.task import EMPTY, MINE, THEIRS, make_task

CPU = torch.device("cpu")
SMALL = QUICK.but(n_games=40, n_held_out=40, model="", board_side=6)


class PlainOthello:
    """Othello on a dictionary, one disc at a time: slow, and written without looking at Rules."""

    def __init__(self, side: int) -> None:
        self.side, half = side, side // 2
        self.disc = {(half - 1, half): "B", (half, half - 1): "B"}
        self.disc |= {(half - 1, half - 1): "W", (half, half): "W"}
        self.to_move = "B"

    def turned(self, row: int, column: int) -> list[tuple[int, int]]:
        if (row, column) in self.disc:
            return []
        found = []
        for dr, dc in [(0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1)]:
            line, at = [], (row + dr, column + dc)
            while self.disc.get(at, self.to_move) != self.to_move:
                line.append(at)
                at = (at[0] + dr, at[1] + dc)
            if at in self.disc:
                found += line
        return found

    def legal(self) -> set[int]:
        squares = range(self.side)
        return {r * self.side + c for r in squares for c in squares if self.turned(r, c)}

    def play(self, square: int) -> None:
        at = divmod(square, self.side)
        for one in [*self.turned(*at), at]:
            self.disc[one] = self.to_move
        for _ in range(2):  # the turn goes over, and back if there is no move
            self.to_move = "W" if self.to_move == "B" else "B"
            if self.legal():
                break


def bits(numbers: torch.Tensor, rules: Rules) -> set[int]:
    return set(rules.squares(numbers).nonzero().flatten().tolist())


@pytest.mark.parametrize(
    ("side", "counts"), [(8, [4, 12, 56, 244, 1396, 8200]), (4, [4, 12, 44, 128, 436])]
)
def test_the_number_of_positions_at_each_depth_is_the_known_one(side, counts) -> None:
    """For 8 x 8 these are the perft numbers by which Othello engines are checked."""
    rules = Rules(side)
    mine, theirs = rules.start(1)
    legal = rules.legal(mine, theirs)
    for count in counts:
        position, square = rules.squares(legal).nonzero(as_tuple=True)
        mine, theirs, legal = rules.play(mine[position], theirs[position], square)
        assert len(mine) == count


@pytest.mark.parametrize("side", [4, 6, 8])
def test_every_board_of_random_games_is_what_the_plain_rules_say(side) -> None:
    rules = Rules(side)
    games = rules.random_games(12, torch.Generator().manual_seed(side))
    for game in range(len(games.moves)):
        plain = PlainOthello(side)
        for turn, move in enumerate(games.moves[game].tolist()):
            if move < 0:
                assert not plain.legal()
                break
            assert move in plain.legal()
            plain.play(move)
            own = {r * side + c for (r, c), owner in plain.disc.items() if owner == plain.to_move}
            legal = plain.legal()
            assert bits(games.legal[game, turn], rules) == legal
            if legal:  # at the end nobody moves next
                assert bits(games.mine[game, turn], rules) == own


def test_boards_by_colour_follow_the_colours_through_passes() -> None:
    task = make_task(SMALL.but(board_side=4), CPU)  # on 4 x 4 passes are common
    colours = task.black_white(task.games)
    passes = 0
    for game, moves in enumerate(task.games.moves.tolist()):
        plain = PlainOthello(4)
        for turn, move in enumerate(moves[:-1]):
            if move < 0 or not plain.legal():
                break
            mover = plain.to_move
            plain.play(move)
            if not plain.legal():
                break
            passes += plain.to_move == mover
            black = {r * 4 + c for (r, c), owner in plain.disc.items() if owner == "B"}
            assert set((colours[game, turn] == 1).nonzero().flatten().tolist()) == black
    assert passes > 0


def test_tokens_and_squares_are_each_other_turned_round() -> None:
    task = make_task(SMALL, CPU)
    for square in task.rules.playable:
        assert task.square(task.token(square)) == square
    assert all(task.token(square) == 0 for square in task.rules.centre)
    assert (make_task(SMALL.but(board_side=8), CPU).d_vocab, task.n_ctx) == (61, 31)


def test_the_move_that_was_played_was_a_target_before_it() -> None:
    task = make_task(SMALL, CPU)
    batch = task.held_out()
    played = task.tokens(task.games.moves)[:, 1:]
    assert (batch.targets.gather(-1, played[..., None])[..., 0] > 0)[played > 0].all()
    total = batch.targets.sum(-1)
    assert set(total.round(decimals=4).unique().tolist()) <= {0.0, 1.0}
    assert not batch.targets[..., 0].any()


def test_a_model_that_knows_the_rules_scores_one_and_loses_only_the_choice() -> None:
    task = make_task(SMALL, CPU)
    batch = task.held_out()
    knows = torch.where(batch.targets > 0, 0.0, -100.0)
    asked = batch.targets.sum(-1) > 0
    n_legal = (batch.targets > 0).sum(-1)[asked]
    assert task.score(knows, batch.targets) == 1.0
    assert task.loss(knows, batch.targets).item() == pytest.approx(
        n_legal.log().mean().item(), abs=1e-4
    )


def test_rules_that_know_no_colours_get_better_the_more_they_know_and_stay_below_the_rules() -> (
    None
):
    task = make_task(SMALL, CPU)
    asked = task.held_out().targets.sum(-1) > 0
    right = [one[asked].mean().item() for one in task.guessers.values()]
    assert right == sorted(right)
    assert 0.15 < right[0] < 0.4 and right[1] > right[0] + 0.1
    assert right[-1] == task.chance and 0.55 < task.chance < 0.85


def test_an_illegal_move_is_refused_and_a_legal_game_replayed() -> None:
    rules = Rules(6)
    games = rules.random_games(5, torch.Generator().manual_seed(0))
    again = rules.replay(games.moves)
    assert torch.equal(again.mine, games.mine) and torch.equal(again.legal, games.legal)
    with pytest.raises(ValueError, match="illegal move at turn 1"):
        rules.replay(games.moves[:, [0, 0]])


def test_states_are_counted_from_the_board() -> None:
    task = make_task(SMALL, CPU)
    boards = task.boards(task.games)
    discs = (boards != EMPTY).sum(-1)
    on = task.games.moves[:, :-1] >= 0
    assert torch.equal(discs[on], (torch.arange(task.n_ctx) + 5).expand_as(on)[on])
    assert (boards == MINE).any() and (boards == THEIRS).any()
