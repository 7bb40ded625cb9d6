//! Templates: examples, and properties that hold for any text.

use deskbell_protocol::template::{Part, Template, Values, Variable};
use proptest::prelude::*;

fn values() -> Values {
    Values {
        visitor_name: Some("Vera".to_owned()),
        visitor_email: None,
        agent_name: Some("Ada".to_owned()),
        site_name: Some("North".to_owned()),
    }
}

fn filled(text: &str) -> String {
    Template::parse(text).fill(&values())
}

#[test]
fn variables_are_filled_and_the_default_stands_in_for_a_missing_value() {
    assert_eq!(
        filled("Hi {{visitor.name|there}}, I am {{ agent.name }} of {{site.name}}."),
        "Hi Vera, I am Ada of North."
    );
    assert_eq!(
        filled("Write to {{visitor.email| your address }}."),
        "Write to your address."
    );
    assert_eq!(filled("Write to {{visitor.email}}."), "Write to .");
    let nobody = Values {
        visitor_name: Some(String::new()),
        ..Values::default()
    };
    let hello = Template::parse("Hi {{visitor.name|a|b}}!");
    assert_eq!(hello.fill(&nobody), "Hi a|b!");
}

#[test]
fn unknown_variables_are_listed_once_and_stay_as_they_are_written() {
    let text = "{{visitor.nam}} {{}} {{ Visitor.name |x}} {{visitor.name}} {{visitor.nam|y}}";
    let template = Template::parse(text);
    assert_eq!(
        template.list_unknown(),
        ["visitor.nam", "", "Visitor.name"],
        "names are written in lower case"
    );
    assert_eq!(
        template.fill(&values()),
        "{{visitor.nam}} {{}} {{ Visitor.name |x}} Vera {{visitor.nam|y}}"
    );
}

#[test]
fn single_and_unclosed_braces_are_plain_text() {
    for text in [
        "{",
        "}}",
        "{{",
        "{ {visitor.name} }",
        "a }} b {{ c",
        "{{visitor.name}",
    ] {
        let template = Template::parse(text);
        assert!(template.list_unknown().is_empty(), "{text}");
        assert_eq!(template.fill(&values()), text);
    }
    assert_eq!(filled("{{{visitor.name}}}"), "{Vera}");
    assert_eq!(filled("{{ {{visitor.name}} }}"), "{{ Vera }}");
}

#[test]
fn braces_in_a_value_mean_nothing() {
    let sly = Values {
        visitor_name: Some("{{agent.name}}".to_owned()),
        ..values()
    };
    let template = Template::parse("Hi {{visitor.name}}");
    assert_eq!(template.fill(&sly), "Hi {{agent.name}}");
}

/// Texts with many braces, bars and names.
fn texts() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        Just("{{".to_owned()),
        Just("}}".to_owned()),
        Just("{".to_owned()),
        Just("}".to_owned()),
        Just("|".to_owned()),
        Just("visitor.name".to_owned()),
        Just("site.name".to_owned()),
        "\\PC{0,3}",
    ];
    prop::collection::vec(pieces, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn the_parts_of_any_text_together_are_the_text(text in texts()) {
        prop_assert_eq!(Template::parse(&text).to_string(), text);
    }

    #[test]
    fn a_variable_has_one_pair_of_braces(text in texts()) {
        for part in Template::parse(&text).parts() {
            if let Part::Variable { source, name, default } = part {
                prop_assert!(source.starts_with("{{") && source.ends_with("}}"));
                prop_assert!(!name.contains("{{") && !default.contains("{{"));
                prop_assert!(!name.contains('|'));
            }
        }
    }

    #[test]
    fn every_name_is_a_variable_or_listed_as_unknown(text in texts()) {
        let template = Template::parse(&text);
        let unknown = template.list_unknown();
        for part in template.parts() {
            if let Part::Variable { name, .. } = part {
                prop_assert_ne!(Variable::find(name).is_some(), unknown.contains(name));
            }
        }
    }

    #[test]
    fn a_template_of_plain_text_is_filled_with_itself(text in texts()) {
        let template = Template::parse(&text);
        let is_plain = template.parts().iter().all(|part| matches!(part, Part::Text(_)));
        if is_plain || Variable::ALL.iter().all(|it| !text.contains(it.as_str())) {
            prop_assert_eq!(template.fill(&values()), text);
        }
    }

    #[test]
    fn a_written_variable_is_read_again(index in 0..Variable::ALL.len(), default in "[^{}|]{0,9}") {
        let variable = Variable::ALL[index];
        let text = format!("{{{{{}|{default}}}}}", variable.as_str());
        let template = Template::parse(&text);
        let part = Part::Variable { source: &text, name: variable.as_str(), default: default.trim() };
        prop_assert_eq!(template.parts(), [part]);
    }
}
