//! Shrinks a failing plan.

use crate::plan::Plan;

/// Removes the parts of a failing plan without which it still fails: steps, in ever smaller runs, then
/// people. `fails` runs a plan.
pub fn shrink(plan: &Plan, mut fails: impl FnMut(&Plan) -> bool) -> Plan {
    let mut smallest = plan.clone();
    let mut run = smallest.steps.len().div_ceil(2);
    while run > 0 {
        let mut from = 0;
        let mut is_smaller = false;
        while from < smallest.steps.len() {
            let mut smaller = smallest.clone();
            let until = (from + run).min(smaller.steps.len());
            smaller.steps.drain(from..until);
            if fails(&smaller) {
                smallest = smaller;
                is_smaller = true;
            } else {
                from += run;
            }
        }
        // Repeats with single steps, as long as that makes the plan smaller.
        run = if run == 1 && is_smaller { 1 } else { run / 2 };
    }
    for change in [
        without_south,
        with_fewer_visitors,
        with_fewer_agents,
        without_delays,
    ] {
        let smaller = change(smallest.clone());
        if smaller != smallest && fails(&smaller) {
            smallest = smaller;
        }
    }
    smallest
}

fn without_south(plan: Plan) -> Plan {
    Plan {
        south: false,
        ..plan
    }
}

fn with_fewer_visitors(plan: Plan) -> Plan {
    let visitors = plan.visitors.saturating_sub(1).max(1);
    Plan { visitors, ..plan }
}

fn with_fewer_agents(plan: Plan) -> Plan {
    let agents = plan.agents.saturating_sub(1).max(1);
    Plan { agents, ..plan }
}

fn without_delays(plan: Plan) -> Plan {
    Plan {
        slow_one_in: 0,
        ..plan
    }
}
