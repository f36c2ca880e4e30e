import math

import pytest

from kalemia.training.history import Epoch, best, from_csv, is_over, to_csv


def epochs(*losses: float) -> list[Epoch]:
    return [Epoch(i + 1, 0.5, loss, loss / 2) for i, loss in enumerate(losses)]


def test_the_first_of_equally_good_epochs_is_best():
    assert best(epochs(3, 1, 2, 1)).epoch == 2


@pytest.mark.parametrize(
    ("losses", "over"),
    [((), False), ((1,), False), ((1, 2), False), ((1, 2, 2), True), ((1, 2, 0.5), False), ((4, 3, 2, 1, 0.5), True)],
)
def test_over_after_patience_or_the_last_epoch(losses, over):
    assert is_over(epochs(*losses), max_epochs=5, patience=2) is over


def test_csv_keeps_every_bit():
    rows = [Epoch(1, 1 / 3, math.pi, 1e-17), Epoch(2, 0.1 + 0.2, 1e300, 5.0)]
    assert from_csv(to_csv(rows)) == tuple(rows)


@pytest.mark.parametrize(
    "text", ["epoch\n1\n", "epoch,train_loss,validation_loss,validation_mae\n1,x,2,3\n", "a,b\n1,2\n"]
)
def test_other_text_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        from_csv(text)
