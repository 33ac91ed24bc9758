# %% [markdown]
# ## Your prediction
# A network of 16 hidden neurons remembers about 900 random facts, one bit for each pair of tokens. Delete one neuron at a
# time: some facts are then lost. How many of the 16 can an average recalled fact **not** do without? If each fact
# had one neuron of its own it would be 1. If every fact were spread over many neurons with room to spare, 0. Spread over
# many that just suffice, it is several. State a range; the test uses another table and other weights.

# %%
from lab.prediction import note_prediction

note_prediction(neurons_a_fact_needs=None)  # for example [6, 8]
