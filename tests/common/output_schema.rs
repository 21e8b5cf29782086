//! `fixtures/output.schema.json`, and documents checked against it. It uses a dozen words of JSON Schema; a crate that
//! knows all of them would make the tests run with features of other crates that a release does not have.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;

/// What `--format json` writes, as the schema says it.
pub struct OutputSchema(pub Value);

impl OutputSchema {
    pub fn read() -> Self {
        Self(serde_json::from_str(include_str!("../../fixtures/output.schema.json")).unwrap())
    }

    /// Checks a document against the definition of its kind.
    #[track_caller]
    pub fn assert_valid(&self, definition: &str, document: &Value, what: &str) {
        self.assert_matches(&self.0["$defs"][definition], document, what);
    }

    /// Checks a document against the whole schema: it is of exactly one kind.
    #[track_caller]
    pub fn assert_of_one_kind(&self, document: &Value, what: &str) {
        self.assert_matches(&self.0, document, what);
    }

    #[track_caller]
    fn assert_matches(&self, schema: &Value, document: &Value, what: &str) {
        let problems = self.problems(schema, document, "");
        assert!(problems.is_empty(), "{what}: {}\n{document:#}", problems.join("\n"));
    }

    /// What is wrong with a value, each with its place.
    fn problems(&self, schema: &Value, value: &Value, at: &str) -> Vec<String> {
        let words = schema.as_object().unwrap_or_else(|| panic!("{at}: no such definition"));
        words.iter().flat_map(|(word, wanted)| self.problems_of(schema, (word, wanted), value, at)).collect()
    }

    fn problems_of(
        &self,
        schema: &Value,
        (word, wanted): (&str, &Value),
        value: &Value,
        at: &str,
    ) -> Vec<String> {
        let unless = |holds: bool| if holds { Vec::new() } else { vec![format!("{at}: {word} {wanted}")] };
        match word {
            "$schema" | "$defs" | "title" | "description" => Vec::new(),
            "$ref" => self.problems(self.definition(wanted), value, at),
            "oneOf" => unless(self.count_of_valid(wanted, value, at) == 1),
            "type" => unless(is_of_type(value, wanted)),
            "const" => unless(value == wanted),
            "enum" => unless(wanted.as_array().unwrap().contains(value)),
            "minimum" => unless(value.as_f64().is_none_or(|number| number >= wanted.as_f64().unwrap())),
            "maximum" => unless(value.as_f64().is_none_or(|number| number <= wanted.as_f64().unwrap())),
            "format" => unless(value.as_str().is_none_or(|text| has_format(text, wanted))),
            "required" => unless(value.as_object().is_none_or(|object| {
                wanted.as_array().unwrap().iter().all(|key| object.contains_key(key.as_str().unwrap()))
            })),
            "items" => {
                let items = value.as_array().into_iter().flatten().enumerate();
                items
                    .flat_map(|(index, item)| self.problems(wanted, item, &format!("{at}/{index}")))
                    .collect()
            }
            "properties" => {
                let known = wanted.as_object().unwrap().iter();
                let there = known.filter_map(|(key, schema)| Some((key, schema, value.get(key)?)));
                there
                    .flat_map(|(key, schema, value)| self.problems(schema, value, &format!("{at}/{key}")))
                    .collect()
            }
            "additionalProperties" => self.problems_of_others(schema, wanted, value, at),
            other => panic!("{at}: nothing checks '{other}'"),
        }
    }

    /// What is wrong with the fields that `properties` does not name.
    fn problems_of_others(&self, schema: &Value, wanted: &Value, value: &Value, at: &str) -> Vec<String> {
        let is_other = |key: &str| schema["properties"].get(key).is_none();
        let others = value.as_object().into_iter().flatten().filter(|(key, _)| is_other(key));
        others
            .flat_map(|(key, value)| match wanted {
                Value::Bool(false) => vec![format!("{at}: no field '{key}' is described")],
                schema => self.problems(schema, value, &format!("{at}/{key}")),
            })
            .collect()
    }

    /// What `#/$defs/name` refers to.
    fn definition(&self, reference: &Value) -> &Value {
        self.0.pointer(reference.as_str().unwrap().strip_prefix('#').unwrap()).unwrap()
    }

    fn count_of_valid(&self, choices: &Value, value: &Value, at: &str) -> usize {
        let choices = choices.as_array().unwrap().iter();
        choices.filter(|choice| self.problems(choice, value, at).is_empty()).count()
    }
}

/// `wanted`: one type, or a list of them.
fn is_of_type(value: &Value, wanted: &Value) -> bool {
    let one = std::slice::from_ref(wanted);
    wanted.as_array().map_or(one, Vec::as_slice).iter().any(|name| match name.as_str().unwrap() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("there is no type '{other}'"),
    })
}

fn has_format(text: &str, format: &Value) -> bool {
    match format.as_str().unwrap() {
        "date" => text.parse::<Date>().is_ok(),
        "date-time" => text.parse::<Timestamp>().is_ok(),
        other => panic!("nothing checks the format '{other}'"),
    }
}

#[test]
fn what_is_not_as_the_schema_says_is_a_problem() {
    let schema = OutputSchema(serde_json::json!({ "$defs": { "one": {
        "type": "object", "required": ["a"], "additionalProperties": false,
        "properties": {
            "a": { "type": ["integer", "null"], "minimum": 0 },
            "b": { "type": "array", "items": { "enum": ["x", "y"] } },
            "c": { "type": "string", "format": "date" },
        },
    } } }));
    let problems = |text: &str| {
        schema.problems(&schema.0["$defs"]["one"], &serde_json::from_str(text).unwrap(), "").len()
    };
    for valid in [r#"{"a":null}"#, r#"{"a":3,"b":["x","y"],"c":"2025-01-31"}"#] {
        assert_eq!(problems(valid), 0, "{valid}");
    }
    for wrong in
        ["[]", "{}", r#"{"a":-1}"#, r#"{"a":1.5}"#, r#"{"a":0,"b":["z"]}"#, r#"{"a":0,"c":"2025-02-31"}"#]
    {
        assert_eq!(problems(wrong), 1, "{wrong}");
    }
    assert_eq!(problems(r#"{"a":0,"d":1}"#), 1);
}
