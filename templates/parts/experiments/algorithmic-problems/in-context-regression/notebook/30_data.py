# %% [markdown]
# ## The data
# Every prompt has a weight vector w of its own, normal with variance 1 / d; x is standard normal. So y = w.x has variance 1.
# The model sees x1 y1 x2 y2 ... and predicts y at each x. What is known of a prompt's own w stands in its pairs,
# so whatever estimates w runs inside the context. With `joined` the position of y holds its x as well. One layer of
# **linear** attention can then take a gradient step from w = 0: it adds up y_j times x_q . x_j over the pairs. This
# model has softmax. Without `joined` (`full`) a head has to bring x and y together first.

# %%
from lab.task import make_task

task = make_task(settings, device)
examples = task.held_out()
print(task.show(examples.tokens[0]))
print("the same weights all along, new ones in the next prompt:")
print(task.show(examples.tokens[1]))
print(f"predicting zero has squared error {task.zero_loss:.3f}")
