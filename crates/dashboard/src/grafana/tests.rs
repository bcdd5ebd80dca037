//! That nothing is lost in silence, and that whatever is read gives a valid dashboard or a problem.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::fields::Kind;
use super::ignored::{Fate, IGNORED, fate};
use super::{Imported, import_grafana};
use crate::{Dashboard, GRAFANA_BYTES_MAX, Grid, Panel, PanelKind};

const EVERY_FIELD: &str = include_str!("../../tests/grafana/every_field.json");

fn every_field() -> Value {
    serde_json::from_str(EVERY_FIELD).unwrap()
}

#[track_caller]
fn import(value: &Value) -> Imported {
    let imported = import_grafana(value.to_string().as_bytes()).unwrap();
    let json = imported.dashboard.to_json();
    assert_eq!(Dashboard::parse(json.as_bytes()), Ok(imported.dashboard.clone()));
    imported
}

/// The one panel of a dashboard of one.
#[track_caller]
fn panel(panel: Value) -> (Panel, Vec<String>) {
    let imported = import(&json!({"title": "t", "panels": [panel]}));
    let notes = imported.notes.iter().map(|note| format!("{}: {}", note.what, note.why)).collect();
    (imported.dashboard.panels.into_iter().next().unwrap(), notes)
}

/// Which object of the model stands at a place of `EVERY_FIELD`.
fn kind_at(place: &str) -> Option<Kind> {
    let names: Vec<_> =
        place.split('/').skip(1).filter(|name| name.parse::<u32>().is_err()).collect();
    let in_list = place.rsplit('/').next().is_some_and(|last| last.parse::<u32>().is_ok());
    Some(match (names.last().copied().unwrap_or_default(), in_list) {
        ("", false) => Kind::Dashboard,
        ("time", false) => Kind::Time,
        ("templating", false) => Kind::Templating,
        ("annotations", false) => Kind::Annotations,
        ("list", true) if names[0] == "templating" => Kind::Variable,
        ("panels", true) | ("model", false) => Kind::Panel,
        ("rows", true) => Kind::Row,
        ("gridPos", false) => Kind::GridPos,
        ("targets", true) => Kind::Target,
        ("fieldConfig" | "fieldOptions", false) => Kind::FieldConfig,
        ("defaults", false) => Kind::Defaults,
        ("custom", false) => Kind::Custom,
        ("thresholds", false) => Kind::Thresholds,
        ("options", false) if names.len() < 2 || names[names.len() - 2] == "panels" => {
            Kind::Options
        }
        ("legend", false) => Kind::Legend,
        ("reduceOptions", false) => Kind::Reduce,
        ("links", true) if names.len() > 1 => Kind::Link,
        ("yAxis", false) if !names.contains(&"options") => Kind::Axis,
        ("yaxes", true) => Kind::Axis,
        ("gauge", false) => Kind::Gauge,
        _ => return None,
    })
}

/// The places of all fields, and of the objects they are in.
fn fields_of(value: &Value, place: &str, all: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                all.push((place.to_owned(), key.clone()));
                fields_of(value, &format!("{place}/{key}"), all);
            }
        }
        Value::Array(list) => {
            let list = list.iter().enumerate();
            list.for_each(|(at, value)| fields_of(value, &format!("{place}/{at}"), all));
        }
        _ => {}
    }
}

/// Fields of `EVERY_FIELD` that change nothing, although no table says so, and why they may.
const WITHOUT_EFFECT: &[(&str, &str, &str)] = &[
    ("/__inputs/0", "label", "a name for people, of a data source that is not kept"),
    ("/__inputs/0", "type", "only data sources have a plugin"),
    ("/__elements/lib1", "name", "the panel that stands for it says the name"),
    ("/__elements/lib1", "uid", "its key says the same"),
    ("/__elements/lib1", "kind", "only panels are in libraries that panels name"),
    ("/templating/list/1/query", "refId", "names the thing within Grafana"),
    ("/links/0", "type", "the link is noted as a whole"),
    ("/links/0", "tags", "the link is noted as a whole"),
    ("/annotations/list/0", "name", "Grafana's own annotations are left out as a whole"),
    ("/panels/0/transformations/1", "id", "it is not in effect"),
    ("/panels/0/fieldConfig/defaults/mappings/0/options/1", "index", "the order says the same"),
    ("/panels/0", "datasource", "its type has an effect; without one the query decides"),
    ("/panels/0/datasource", "uid", "its type says what it speaks"),
    ("/panels/0/targets/2/datasource", "uid", "its type says what it speaks"),
    ("/templating/list/1/datasource", "uid", "its type says what it speaks"),
    ("/templating/list/4/datasource", "uid", "its type says what it speaks"),
    ("/panels/6/libraryPanel", "uid", "it is noted by its name"),
    ("/rows/0/panels/2", "valueMaps", "`mappingType` says that ranges count"),
    ("/rows/0/panels/2/valueMaps/0", "value", "`mappingType` says that ranges count"),
    ("/rows/0/panels/2/valueMaps/0", "text", "`mappingType` says that ranges count"),
    ("/panels/12", "id", "a copy of a repeated panel is left out as a whole"),
    ("/panels/12", "type", "a copy of a repeated panel is left out as a whole"),
    ("/panels/12", "targets", "a copy of a repeated panel is left out as a whole"),
    ("/panels/12/targets/0", "refId", "a copy of a repeated panel is left out as a whole"),
    ("/panels/12/targets/0", "expr", "a copy of a repeated panel is left out as a whole"),
    ("/panels/4/targets/0", "refId", "a text stands for the panel, with its query"),
];

#[test]
fn every_field_that_is_read_has_an_effect_or_a_reason_to_have_none() {
    let model = every_field();
    let known = import(&model);
    let mut all = Vec::new();
    fields_of(&model, "", &mut all);
    assert!(all.len() > 250, "{}", all.len());
    let mut silent = Vec::new();
    for (place, key) in all {
        let others = [json!(null), json!("odd"), json!(77), json!(true), json!(false)];
        let changed = others.iter().any(|to| {
            let mut other = model.clone();
            let fields = other.pointer_mut(&place).unwrap().as_object_mut().unwrap();
            match to {
                Value::Null => fields.remove(&key),
                value => fields.insert(key.clone(), value.clone()),
            };
            match import_grafana(other.to_string().as_bytes()) {
                Ok(imported) => imported != known,
                Err(_) => true,
            }
        });
        let in_table = kind_at(&place).and_then(|kind| fate(kind, &key));
        let is_excused = matches!(in_table, Some(Fate::Harmless(_)))
            || WITHOUT_EFFECT.iter().any(|(at, name, _)| *at == place && *name == key);
        if !changed && !is_excused {
            silent.push(format!("{place}/{key}"));
        }
    }
    assert!(silent.is_empty(), "lost in silence: {silent:#?}");
}

/// A place of `EVERY_FIELD` for each object, in which a field that is not there now can be tried.
const HOSTS: &[(Kind, &str)] = &[
    (Kind::Dashboard, ""),
    (Kind::Time, "/time"),
    (Kind::Templating, "/templating"),
    (Kind::Annotations, "/annotations"),
    (Kind::Variable, "/templating/list/1"),
    (Kind::Panel, "/rows/0/panels/4"),
    (Kind::Row, "/rows/0"),
    (Kind::GridPos, "/panels/0/gridPos"),
    (Kind::Target, "/panels/0/targets/0"),
    (Kind::FieldConfig, "/panels/0/fieldConfig"),
    (Kind::Defaults, "/panels/0/fieldConfig/defaults"),
    (Kind::Custom, "/panels/0/fieldConfig/defaults/custom"),
    (Kind::Thresholds, "/panels/0/fieldConfig/defaults/thresholds"),
    (Kind::Options, "/panels/0/options"),
    (Kind::Legend, "/panels/0/options/legend"),
    (Kind::Reduce, "/panels/1/options/reduceOptions"),
    (Kind::Link, "/panels/0/links/0"),
    (Kind::Axis, "/rows/0/panels/0/yaxes/0"),
    (Kind::Gauge, "/rows/0/panels/1/gauge"),
];

/// The notes on a field that is set to something odd.
fn notes_on(kind: Kind, key: &str) -> usize {
    let host = HOSTS.iter().find(|(of, _)| *of == kind).unwrap().1;
    let mut model = every_field();
    let set = |model: &mut Value, value: Value| {
        model.pointer_mut(host).unwrap().as_object_mut().unwrap().insert(key.into(), value);
    };
    set(&mut model, Value::Null);
    let before = import(&model).notes.len();
    set(&mut model, json!({"odd": "value"}));
    import(&model).notes.len().saturating_sub(before)
}

#[test]
fn what_is_not_used_is_harmless_for_a_reason_or_noted() {
    let model = every_field();
    let mut tried = 0;
    for (kind, keys, fate) in IGNORED {
        let host = HOSTS.iter().find(|(of, _)| of == kind).unwrap().1;
        for key in *keys {
            tried += 1;
            // What stands in the model is proved there.
            if model.pointer(host).unwrap().get(key).is_some() {
                continue;
            }
            let notes = notes_on(*kind, key);
            match fate {
                Fate::Harmless(reason) => {
                    assert!(reason.len() > 10 && notes == 0, "{kind:?} {key}")
                }
                Fate::Lost { why, .. } => assert!(why.len() > 10 && notes == 1, "{kind:?} {key}"),
            }
        }
    }
    assert!(tried > 200, "{tried}");
    for (kind, _) in HOSTS {
        assert_eq!(notes_on(*kind, "aFieldOfNextYear"), 1, "{kind:?}");
    }
}

#[test]
fn what_says_nothing_is_no_loss() {
    for value in [json!(null), json!(""), json!(false), json!([]), json!({"a": {"b": [false]}})] {
        let (_, notes) = panel(json!({"type": "text", "id": 1, "nextYear": value}));
        assert!(notes.is_empty(), "{notes:?}");
    }
}

#[test]
fn panels_under_a_folded_row_unfold_and_push_the_others_down() {
    let stat = |id: u32, y: u32, h: u32| {
        json!({"id": id, "type": "text",
               "gridPos": {"x": 0, "y": y, "w": 12, "h": h}})
    };
    let row = |id: u32, y: u32, panels: Value| {
        json!({"id": id, "type": "row", "collapsed": true, "panels": panels,
               "gridPos": {"x": 0, "y": y, "w": 24, "h": 1}})
    };
    let imported = import(&json!({"title": "t", "panels": [
        stat(1, 0, 4),
        row(2, 4, json!([stat(3, 50, 3), stat(4, 53, 2)])),
        row(5, 5, json!([stat(6, 6, 7)])),
        stat(7, 6, 1)
    ]}));
    let places: Vec<_> =
        imported.dashboard.panels.iter().map(|panel| (panel.id, panel.grid.y)).collect();
    assert_eq!(places, [(1, 0), (2, 4), (3, 5), (4, 8), (5, 10), (6, 11), (7, 18)]);
    assert!(imported.notes.is_empty(), "{:?}", imported.notes);
}

#[test]
fn panels_of_old_rows_stand_side_by_side() {
    let text = |span: u32| json!({"type": "text", "span": span});
    let imported = import(&json!({"title": "t", "rows": [
        {"title": "One", "height": 250, "panels": [text(8), text(4), text(12)]},
        {"title": "Two", "height": "114px", "panels": [text(3), text(12)]}
    ]}));
    let grids: Vec<_> = imported.dashboard.panels.iter().map(|panel| panel.grid).collect();
    let grid = |x, y, w, h| Grid { x, y, w, h };
    assert_eq!(
        grids,
        [
            grid(0, 0, 16, 7),
            grid(16, 0, 8, 7),
            grid(0, 7, 24, 7),
            grid(0, 14, 6, 3),
            grid(0, 17, 24, 3)
        ]
    );
    let ids: Vec<_> = imported.dashboard.panels.iter().map(|panel| panel.id).collect();
    assert_eq!(ids, [1, 2, 3, 4, 5]);
}

#[test]
fn a_panel_that_cannot_be_is_a_text_in_the_same_place() {
    for (change, says) in [
        (json!({"type": "nodeGraph"}), "of type `nodeGraph`"),
        (json!({"datasource": {"type": "loki", "uid": "x"}}), "of type `timeseries`"),
        (json!({"datasource": {"type": "__expr__", "uid": "__expr__"}}), "rate(a[5m])"),
        (json!({"targets": [{"expr": "sum("}]}), "sum("),
        (json!({"targets": [{"rawSql": "select 1"}]}), "select 1"),
    ] {
        let mut model = json!({"id": 7, "title": "Here", "type": "timeseries",
            "gridPos": {"x": 3, "y": 4, "w": 5, "h": 6}, "targets": [{"expr": "rate(a[5m])"}]});
        model.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let (panel, notes) = panel(model);
        assert_eq!(panel.kind, PanelKind::Text, "{says}");
        assert_eq!(panel.grid, Grid { x: 3, y: 4, w: 5, h: 6 });
        assert_eq!((panel.id, panel.title.as_str()), (7, "Here"));
        assert!(panel.text.contains(says), "{}", panel.text);
        assert_eq!(notes.len(), 1, "{notes:?}");
    }
}

#[test]
fn what_is_no_dashboard() {
    for json in ["", "{", "[]", "7", "{}", "{\"dashboard\": 1}", "{\"title\": \"t\"}"] {
        let problem = import_grafana(json.as_bytes()).unwrap_err();
        assert!(!problem.found.is_empty() && !problem.hint.is_empty(), "{json}");
    }
    let problem = import_grafana(
        br#"{"apiVersion": "dashboard.grafana.app/v2beta1", "spec": {"elements": {}}}"#,
    );
    assert_eq!(problem.unwrap_err().found, "a dashboard resource of version 2");
    let large = vec![b' '; GRAFANA_BYTES_MAX + 1];
    assert_eq!(import_grafana(&large).unwrap_err().found, "4194305 bytes");
}

#[test]
fn the_model_may_be_wrapped() {
    let model = json!({"title": "t", "panels": []});
    for value in [
        json!({"dashboard": model, "meta": {}}),
        json!({"kind": "Dashboard", "apiVersion": "dashboard.grafana.app/v1beta1", "spec": model}),
        model,
    ] {
        assert_eq!(import(&value).dashboard.title, "t");
    }
}

#[test]
fn notes_are_bounded() {
    let targets: Vec<_> =
        (0..300).map(|at| json!({"refId": format!("Q{at}"), "expr": "sum("})).collect();
    let panel = json!({"type": "stat", "targets": targets});
    let notes = import(&json!({"title": "t", "panels": vec![panel; 20]})).notes;
    assert_eq!(notes[0].what, "100 of 300 queries");
    assert_eq!(notes.len(), 2_000);
    assert_eq!(notes[1_999].what, "2021 more things");
}

#[test]
fn what_is_too_many_is_left_out_with_a_note() {
    let empty = |count: usize| vec![json!({"type": "text"}); count];
    for (model, panels, what) in [
        (json!({"title": "t", "panels": empty(600)}), 500, "100 of 600 panels"),
        (json!({"title": "t", "panels": empty(50_000)}), 500, "49000 of 50000 panels"),
        (json!({"title": "t", "rows": vec![json!({}); 50_000]}), 0, "49500 of 50000 rows"),
    ] {
        let imported = import(&model);
        assert_eq!(imported.dashboard.panels.len(), panels, "{what}");
        assert_eq!(imported.notes[0].what, what);
    }
    let variables = vec![json!({"name": "a", "type": "textbox"}); 50_000];
    let imported = import(&json!({"title": "t", "panels": [], "templating": {"list": variables}}));
    assert_eq!(imported.dashboard.variables.len(), 1);
    assert_eq!(imported.notes[0].what, "49800 of 50000 variables");
}

/// Any JSON that may stand where another stood.
fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        prop_oneof![Just(-1e300), Just(1e300), Just(-1.0), Just(0.5), Just(1e9)]
            .prop_map(Value::from),
        "[a-z$\\[{(é,:]{0,8}".prop_map(Value::from),
        Just("x".repeat(60_000)).prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
        Just(json!(["a", 1, {}])),
        Just(json!({"type": "loki", "value": [1], "list": 5})),
    ]
}

proptest! {
    #[test]
    fn any_change_gives_a_valid_dashboard_or_a_problem(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any_value()), 1..4)
    ) {
        let mut model = every_field();
        for (at, value) in changes {
            let mut all = Vec::new();
            fields_of(&model, "", &mut all);
            if all.is_empty() {
                break;
            }
            let (place, key) = at.get(&all).clone();
            model.pointer_mut(&place).unwrap()[key] = value;
        }
        // Whatever was left out was left out with a note, so that nothing is left to refuse.
        let imported = import_grafana(model.to_string().as_bytes());
        if let Ok(imported) = imported {
            let json = imported.dashboard.to_json();
            prop_assert_eq!(Dashboard::parse(json.as_bytes()), Ok(imported.dashboard));
        } else {
            let has_panels = model.get("panels").is_some_and(Value::is_array);
            prop_assert!(!has_panels, "{imported:?}");
        }
    }
}
