# %% [markdown]
# ## Your prediction
# `From: Smith John <` has its names the wrong way round. Does the address begin with `john`, which is a first
# name, or with `smith`, which stands first? In how many such headers is the lower-case first name above the
# lower-case surname? State a range of shares. A coin gets 0.5, "whatever stands first" 0. The test draws people
# that this notebook does not use.

# %%
from lab.prediction import note_prediction

note_prediction(first_name_though_it_stands_second=None)  # for example [0.4, 0.6]
