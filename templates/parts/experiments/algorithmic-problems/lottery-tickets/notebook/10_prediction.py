# %% [markdown]
# ## Your prediction
# Train a network until it adds modulo p. Keep the larger half of the weights of each matrix and set the others to zero. Set those
# kept back to their initial values and train again: that is a ticket, pruned in one go. How much better is its
# held-out accuracy than that of an equally sparse **random** mask? 0 means no better, a negative number worse.
# State a range; the test uses networks of another seed.

# %%
from lab.prediction import note_prediction

note_prediction(advantage_of_the_ticket=None)  # for example [-0.1, 0.1]
