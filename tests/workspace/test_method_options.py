from fusionviewer.workspace import state as change
from fusionviewer.workspace.method_options import are_known, changed_of, chosen_of, with_chosen
from fusionviewer.workspace.state import ViewState


def test_what_is_not_chosen_is_as_in_the_tables() -> None:
    assert chosen_of((), "eh-dran", "sfnn-max") == (("max_size", 0), ("power", 1))
    assert chosen_of((), "clarus", "") == (("residual", 1.0),)
    assert chosen_of((), "mfinet", "") == ()


def test_a_strategy_keeps_its_own_choice_while_another_one_has_an_option_of_that_name() -> None:
    state = change.with_method(ViewState(), "eh-dran")
    state = change.with_option(change.with_strategy(state, "sfnn-max"), "power", 2)
    state = change.with_strategy(state, "sfnn-local")
    assert dict(chosen_of(state.options, "eh-dran", "sfnn-local"))["power"] == 4
    assert dict(chosen_of(state.options, "eh-dran", "sfnn-max"))["power"] == 2
    assert dict(chosen_of(state.options, "dilran", "sfnn-max"))["power"] == 2


def test_only_what_differs_is_called_changed() -> None:
    kept = with_chosen((), "eh-dran", "sfnn-local", "reduction", "sum")
    kept = with_chosen(kept, "eh-dran", "sfnn-local", "power", 4)
    assert changed_of(kept, "eh-dran", "sfnn-local") == (("reduction", "sum"),)


def test_going_back_to_the_defaults_leaves_other_methods_alone() -> None:
    state = change.with_option(change.with_method(ViewState(), "alpha"), "alpha", 0.2)
    state = change.with_option(change.with_method(state, "clarus"), "residual", 0.0)
    state = change.with_default_options(state)
    assert chosen_of(state.options, "clarus", "") == (("residual", 1.0),)
    assert chosen_of(state.options, "alpha", "") == (("alpha", 0.2),)


def test_a_value_that_the_option_does_not_take_is_not_used() -> None:
    assert chosen_of((("residual", 7.0),), "clarus", "") == (("residual", 1.0),)


def test_only_options_that_there_are_with_values_that_they_take_are_known() -> None:
    assert are_known((("alpha", 0.25), ("levels", 3), ("sfnn-local.windows", (16,))))
    for odd in (("alpha", 2.0), ("magic", 1), ("sfnn-max.power", 4), ("nothing.power", 1)):
        assert not are_known((odd,))
