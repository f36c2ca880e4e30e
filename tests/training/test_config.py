import tomllib

import pytest

from kalemia.errors import ConfigError
from kalemia.training import TrainingConfig


def test_defaults_are_valid_and_every_key_has_a_comment():
    text = TrainingConfig.load().to_toml()
    assert set(tomllib.loads(text)) == set(TrainingConfig.model_fields)
    _, *paragraphs = text.split("\n\n")
    assert len(paragraphs) == len(TrainingConfig.model_fields)
    assert all(p.startswith("# ") for p in paragraphs)


def test_a_file_changes_its_keys_and_overrides_come_last(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('model = "dcrnn-4k"\nseed = 3\nlearning_rate = 1\n')
    config = TrainingConfig.load(path, {"seed": 5})
    assert (config.model, config.seed, config.learning_rate) == ("dcrnn-4k", 5, 1.0)
    assert config.batch_size == TrainingConfig.load().batch_size


def test_what_is_written_reads_back_the_same(tmp_path):
    config = TrainingConfig.load(overrides={"lead": 'V"5\\', "huber_delta": 0.1 + 0.2, "learning_rate": 1e-7})
    (tmp_path / "config.toml").write_text(config.to_toml())
    assert TrainingConfig.load(tmp_path / "config.toml") == config
    assert "# Cycles per optimisation step." in config.to_toml()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("batchsize = 3", "unknown key batchsize. Did you mean batch_size?"),
        ("xyz = 3", "unknown key xyz. There are: model, lead, "),
        ("[training]\nseed = 1", "unknown key training. "),
        ("batch_size = 0", "batch_size = 0: input should be greater than or equal to 1."),
        ('batch_size = "64"', 'batch_size = "64": input should be a valid integer.'),
        ("seed = true", "seed = true: input should be a valid integer."),
        ('model = "cnnn"', 'model = "cnnn": there are dcrnn, dcrnn-10k, dcrnn-4k, fnn, cnn, '),
        ('span = "1 s"', "span = \"1 s\": input should be 'cycle' or '2 s'."),
        ('span = "2 s"\nnormalisation = "robust"', 'normalisation = "robust": needs single cycles'),
        ('loss = "mse"', "loss = \"mse\": input should be 'huber', 'squared', 'absolute' or 'balanced'."),
        ("validation_fraction = 0.5\ntest_fraction = 0.5", "leave nothing to train on."),
        ("learning_rate = nan", "learning_rate = NaN: "),
        ("learning_rate = inf", "learning_rate = Infinity: "),
        ("seed =", "not a TOML file: "),
    ],
)
def test_a_wrong_key_or_value_is_one_line(tmp_path, text, message):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        TrainingConfig.load(path)
    assert str(caught.value).startswith("mine.toml: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_file_and_folder_are_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"none\.toml: no such file"):
        TrainingConfig.load(tmp_path / "none.toml")
    with pytest.raises(ConfigError, match="cannot be read"):
        TrainingConfig.load(tmp_path)
