# %% [markdown]
# ## The data
# Every prompt has a weight vector w of its own, normal with variance 1 / d; x is standard normal. So y = w.x has variance 1.
# The model sees x1 y1 x2 y2 ... and predicts y at each x. Nothing about w can be stored in the weights, so
# whatever estimates it runs inside the context. With `joined` the position of y holds its x as well. One attention layer
# can then take a gradient step from w = 0: it adds up the x_j y_j of all pairs. Without it (`full`) a head must
# first bring the two together.

# %%
from lab.task import make_task

task = make_task(settings, device)
examples = task.held_out()
print(task.show(examples.tokens[0]))
print("the same weights all along, new ones in the next prompt:")
print(task.show(examples.tokens[1]))
print(f"predicting zero has squared error {task.zero_loss:.3f}")
