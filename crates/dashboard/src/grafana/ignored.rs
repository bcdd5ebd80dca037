//! The fields of Grafana's model that the import does not use, and why that is no loss, or what it
//! is.
//!
//! A field that is neither used nor here is noted as unknown.

use super::fields::Kind;

/// What becomes of a field that is not used.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fate {
    /// Nothing that a reader would miss, for this reason.
    Harmless(
        #[cfg_attr(not(test), expect(dead_code, reason = "for whoever reads the table"))]
        &'static str,
    ),
    /// It is noted for this reason, unless it says one of these.
    Lost { unless: &'static [&'static str], why: &'static str },
}

use Fate::Harmless;

const IDENTITY: Fate = Harmless("names the thing within Grafana, where it no longer is");
const FORMATS: Fate =
    Harmless("several values are a regular expression wherever a matcher names them");
const EDITOR: Fate = Harmless("the state of Grafana's editor, which nobody sees");
const LOOKS: Fate = Harmless("how it is drawn, not what it says");
const VERSION: Fate = Harmless("the version of the model or of a plugin");
const DENSITY: Fate = Harmless("how finely to draw; the page draws as finely as it is wide");
const SPEED: Fate = Harmless("how Grafana keeps answers, not what they are");
const TOOLTIP: Fate = Harmless("the page has one way to show what is under the pointer");
const COPY: Fate = Harmless("Grafana's own note on a copy of a repeated panel");
const EMPTY: Fate = Harmless("what stands where there is no value; the page shows a dash");
const DERIVED: Fate = Harmless("Grafana works it out from other fields");
const SCALES: Fate = Harmless("belongs to an axis that is noted or shown by itself");
const CONTROLS: Fate = Harmless("which controls Grafana shows, not data");

const fn lost(why: &'static str) -> Fate {
    Fate::Lost { unless: &[], why }
}

const fn lost_unless(unless: &'static [&'static str], why: &'static str) -> Fate {
    Fate::Lost { unless, why }
}

/// What becomes of a field that is not used; none where it is not known.
pub(super) fn fate(kind: Kind, key: &str) -> Option<Fate> {
    IGNORED
        .iter()
        .find(|(of, keys, _)| *of == kind && keys.contains(&key))
        .map(|(_, _, fate)| *fate)
}

/// Object, fields, fate.
type Row = (Kind, &'static [&'static str], Fate);

pub(super) const IGNORED: &[Row] = &[
    (Kind::Dashboard, &["id", "uid", "gnetId", "slug", "originalTitle"], IDENTITY),
    (
        Kind::Dashboard,
        &["version", "schemaVersion", "iteration", "revision", "__requires"],
        VERSION,
    ),
    (
        Kind::Dashboard,
        &[
            "editable",
            "hideControls",
            "sharedCrosshair",
            "graphTooltip",
            "timepicker",
            "nav",
            "preload",
            "style",
            "liveNow",
            "scopeMeta",
        ],
        CONTROLS,
    ),
    (
        Kind::Dashboard,
        &["timezone"],
        lost_unless(&["browser", "default"], "the page shows times in the zone of the reader"),
    ),
    (
        Kind::Dashboard,
        &["weekStart", "fiscalYearStartMonth"],
        lost_unless(&["0", "monday"], "times are not rounded to weeks or years here"),
    ),
    (
        Kind::Dashboard,
        &["snapshot"],
        lost("a snapshot's data stays behind; its queries are asked of this store"),
    ),
    // Variables.
    (
        Kind::Variable,
        &["definition", "queryValue", "error", "state", "id", "rootStateKey"],
        DERIVED,
    ),
    (Kind::Variable, &["refresh"], Harmless("values are asked for whenever they may have changed")),
    (Kind::Variable, &["skipUrlSync", "allowCustomValue", "selected"], CONTROLS),
    (Kind::Variable, &["datasource"], Harmless("looked at to see whether it speaks PromQL")),
    (Kind::Variable, &["multiFormat", "allFormat"], FORMATS),
    (Kind::Variable, &["description"], lost("a variable has no description here")),
    (
        Kind::Variable,
        &["auto_count", "auto_min"],
        Harmless("`$__auto` is as fine as the panel is wide"),
    ),
    (
        Kind::Variable,
        &["tagsQuery", "tagValuesQuery", "useTags", "tags"],
        lost("values have no tags here"),
    ),
    (
        Kind::Variable,
        &["regexApplyTo"],
        lost_unless(&["value"], "the pattern is applied to values"),
    ),
    // Panels.
    (
        Kind::Panel,
        &["pluginVersion", "schemaVersion", "version", "pluginId", "autoMigrateFrom"],
        VERSION,
    ),
    (Kind::Panel, &["uid", "key"], IDENTITY),
    (Kind::Panel, &["isNew", "editable", "error", "renderer", "isEditing"], EDITOR),
    (Kind::Panel, &["scopedVars", "repeatIteration", "repeatByRow", "repeatedByRow"], COPY),
    (
        Kind::Panel,
        &["repeatDirection", "maxPerRow", "minSpan"],
        Harmless("the page lays repeated panels out by itself, row by row"),
    ),
    (Kind::Panel, &["maxDataPoints"], DENSITY),
    (Kind::Panel, &["cacheTimeout", "queryCachingTTL"], SPEED),
    (
        Kind::Panel,
        &[
            "transparent",
            "height",
            "dashLength",
            "paceLength",
            "alertThreshold",
            "dashes",
            "spaceLength",
            "lineInterpolation",
            "steppedLine",
            "points",
            "pointradius",
            "fillGradient",
            "hiddenSeries",
            "fontSize",
            "prefixFontSize",
            "postfixFontSize",
            "valueFontSize",
            "colorBackground",
            "colorValue",
            "colorPrefix",
            "colorPostfix",
            "sparkline",
            "showHeader",
            "scroll",
            "pageSize",
            "cards",
            "color",
            "highlightCards",
            "hideZeroBuckets",
            "zerofill",
            "span",
        ],
        LOOKS,
    ),
    (Kind::Panel, &["tooltip"], TOOLTIP),
    (Kind::Panel, &["nullText", "noValue"], EMPTY),
    (
        Kind::Panel,
        &["nullPointMode"],
        lost_unless(
            &["null", "connected"],
            "a gap stays a gap: a missing value is not drawn as zero",
        ),
    ),
    (Kind::Panel, &["lines"], Harmless("lines are drawn; that there are only bars is noted")),
    (Kind::Panel, &["bars"], lost("values over time are drawn as lines")),
    (Kind::Panel, &["timeFrom", "timeShift"], lost("every panel shows the times of the dashboard")),
    (Kind::Panel, &["hideTimeOverride"], Harmless("belongs to `timeFrom`, which is noted")),
    (Kind::Panel, &["alert"], lost("alerts are rules of their own here")),
    (
        Kind::Panel,
        &["seriesOverrides"],
        lost("one series is not drawn unlike the others, nor on a second axis"),
    ),
    (Kind::Panel, &["aliasColors"], lost("colours go by series, not by name")),
    (Kind::Panel, &["timeRegions"], lost("regions of time are not marked")),
    (Kind::Panel, &["yaxis"], Harmless("aligns two axes, of which there is one")),
    (
        Kind::Panel,
        &["columns", "styles", "sort", "transform", "filterNull"],
        lost("a table shows labels and values as they come"),
    ),
    (Kind::Panel, &["tableColumn"], lost("the value is shown, not a column of a table")),
    (
        Kind::Panel,
        &["leftYAxisLabel", "rightYAxisLabel", "grid"],
        lost("axes have no such settings"),
    ),
    (Kind::Panel, &["dataFormat"], Harmless("a heat map finds out whether its series are buckets")),
    (
        Kind::Panel,
        &[
            "heatmap",
            "xAxis",
            "yBucketBound",
            "xBucketSize",
            "xBucketNumber",
            "yBucketNumber",
            "yBucketSize",
            "reverseYBuckets",
            "tooltipDecimals",
        ],
        lost_unless(&["auto", "{}"], "a heat map takes its buckets from the metric"),
    ),
    // Rows.
    (
        Kind::Row,
        &["editable", "isNew", "titleSize", "height", "scopedVars", "repeatIteration", "id"],
        LOOKS,
    ),
    // Queries.
    (
        Kind::Target,
        &[
            "editorMode",
            "metric",
            "disableTextWrap",
            "fullMetaSearch",
            "includeNullMetadata",
            "useBackend",
            "hideNotices",
            "textEditor",
            "rawQuery",
            "target",
            "dsType",
            "errors",
            "key",
            "queryType",
        ],
        EDITOR,
    ),
    (Kind::Target, &["requestId", "calculatedInterval", "utcOffsetSec", "valueType"], DERIVED),
    (Kind::Target, &["intervalFactor", "step", "resolution"], DENSITY),
    (Kind::Target, &["format", "range"], Harmless("the panel's type says how an answer is shown")),
    (Kind::Target, &["datasource"], Harmless("looked at to see whether it speaks PromQL")),
    (Kind::Target, &["exemplar"], lost("exemplars are not drawn in panels")),
    (Kind::Target, &["scope", "adhocFilters"], lost("filters belong into the query")),
    // How values are shown.
    (Kind::Defaults, &["nullValueMode", "noValue"], EMPTY),
    (Kind::Defaults, &["color"], LOOKS),
    (
        Kind::Defaults,
        &["displayNameFromDS", "path", "writeable", "filterable", "unitScale"],
        DERIVED,
    ),
    (Kind::Defaults, &["fieldMinMax"], SCALES),
    (Kind::Defaults, &["links", "actions"], lost("single values have no links")),
    (Kind::Defaults, &["description"], lost("single values have no description")),
    (
        Kind::Custom,
        &[
            "lineInterpolation",
            "gradientMode",
            "pointSize",
            "showPoints",
            "lineStyle",
            "barAlignment",
            "barWidthFactor",
            "barMaxWidth",
            "thresholdsStyle",
            "axisBorderShow",
            "axisColorMode",
            "axisGridShow",
            "axisWidth",
            "lineColor",
            "fillColor",
            "align",
            "displayMode",
            "cellOptions",
            "inspect",
            "width",
            "minWidth",
            "wrapHeaderText",
            "wrapText",
            "filterable",
            "footer",
            "showValues",
            "pointColor",
            "pointShape",
            "pointStrokeWidth",
            "insertNulls",
            "spanNulls",
            "axisCenteredZero",
        ],
        LOOKS,
    ),
    (Kind::Custom, &["drawStyle"], lost_unless(&["line"], "values over time are drawn as lines")),
    (
        Kind::Custom,
        &["axisPlacement"],
        lost_unless(&["auto", "left"], "there is one axis, on the left"),
    ),
    (Kind::Custom, &["axisLabel"], lost("axes have a unit and no label")),
    (
        Kind::Custom,
        &["axisSoftMin", "axisSoftMax"],
        lost("the ends of an axis are fixed or from data"),
    ),
    (
        Kind::Custom,
        &["scaleDistribution"],
        lost_unless(&["{\"type\":\"linear\"}"], "axes are linear"),
    ),
    (Kind::Custom, &["hideFrom", "hidden"], lost("no series is hidden for itself")),
    (Kind::Custom, &["fillBelowTo"], lost("the area between two lines is not filled")),
    (Kind::Custom, &["transform"], lost("values are drawn as they are, not below zero")),
    // Options of panels.
    (Kind::Options, &["tooltip"], TOOLTIP),
    (
        Kind::Options,
        &[
            "colorMode",
            "graphMode",
            "justifyMode",
            "orientation",
            "textMode",
            "wideLayout",
            "text",
            "percentChangeColorMode",
            "showThresholdLabels",
            "showThresholdMarkers",
            "minVizHeight",
            "minVizWidth",
            "maxVizHeight",
            "sizing",
            "displayMode",
            "showUnfilled",
            "valueMode",
            "namePlacement",
            "showHeader",
            "cellHeight",
            "showTypeIcons",
            "enablePagination",
            "color",
            "cellGap",
            "cellRadius",
            "cellValues",
            "showValue",
            "rowsFrame",
            "barRadius",
            "barWidth",
            "groupWidth",
            "xTickLabelRotation",
            "xTickLabelSpacing",
            "xTickLabelMaxLength",
            "pieType",
            "displayLabels",
            "code",
            "rowHeight",
            "alignValue",
            "mergeValues",
            "stacking",
            "fullHighlight",
            "selectionMode",
            "barShape",
            "effects",
            "endpointMarker",
            "glow",
            "segmentCount",
            "segmentSpacing",
            "shape",
            "sparkline",
            "neutral",
            "disableSanitizeHtml",
        ],
        LOOKS,
    ),
    (Kind::Options, &["exemplars"], Harmless("colour of exemplars, which a query's note is about")),
    (Kind::Options, &["frameIndex", "alertThreshold"], EDITOR),
    (Kind::Options, &["mode"], lost_unless(&["markdown"], "the text is shown as Markdown")),
    (
        Kind::Options,
        &["sortBy", "footer", "timezone"],
        lost("the reader of a panel sorts and sums"),
    ),
    (Kind::Options, &["showPercentChange"], lost("a change in percent is not shown")),
    (
        Kind::Options,
        &["calculate", "calculation", "filterValues", "yAxis", "heatmap"],
        lost("a heat map takes its buckets from the metric"),
    ),
    (
        Kind::Options,
        &["xField", "colorByField", "pageSize"],
        lost("series are not made from columns"),
    ),
    (
        Kind::Legend,
        &[
            "placement",
            "width",
            "sortBy",
            "sortDesc",
            "isVisible",
            "asTable",
            "avg",
            "current",
            "max",
            "min",
            "total",
            "values",
            "rightSide",
            "sideWidth",
            "hideEmpty",
            "hideZero",
            "sort",
            "limit",
            "calcs",
            "showLegend",
            "percentage",
            "size",
        ],
        Harmless(
            "the reader sorts a legend, and its table has the last, mean, least and largest value",
        ),
    ),
    (Kind::Reduce, &["fields"], lost_unless(&["/^Value$/"], "the value is shown, not a field")),
    (Kind::Reduce, &["values"], lost("one value is shown for each series, not for each row")),
    (Kind::Reduce, &["limit"], SCALES),
    (Kind::Link, &["targetBlank", "type", "icon", "oneClick", "tooltip", "asDropdown"], LOOKS),
    (
        Kind::Link,
        &["dashboard", "dashUri", "params", "includeVars", "keepTime", "tags"],
        lost("the link leads to a dashboard of Grafana"),
    ),
    (Kind::Axis, &["axisPlacement", "axisWidth", "axisBorderShow", "axisColorMode"], LOOKS),
    (Kind::Axis, &["reverse"], lost("an axis goes up")),
    (Kind::Axis, &["axisLabel"], lost("axes have a unit and no label")),
    (Kind::Axis, &["logBase"], lost_unless(&["1"], "axes are linear")),
    (Kind::Axis, &["label"], lost("axes have a unit and no label")),
    (Kind::Axis, &["show", "$$hashKey", "splitFactor"], LOOKS),
    (Kind::Gauge, &["thresholdLabels", "thresholdMarkers"], LOOKS),
];
