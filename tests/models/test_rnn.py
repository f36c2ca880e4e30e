import torch

from kalemia.models.rnn import RNN


def test_each_step_is_16_ms_of_all_leads():
    model, seen = RNN(leads=2).eval(), []
    model.lstm.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    cycles = torch.randn(3, 2, 512)
    with torch.inference_mode():
        model(cycles)
    assert seen[0].shape == (3, 64, 16)
    torch.testing.assert_close(seen[0][1, 5], cycles[1, :, 40:48].flatten())
