//! Lets one statement pass that reads, and nothing else. Twice: by its text before it is planned, and
//! by its plan before it runs.

use std::ops::ControlFlow;

use datafusion::common::DataFusionError;
use datafusion::execution::context::SQLOptions;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::sqlparser::ast::{Statement as Ast, visit_relations};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::ParserError;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

use super::error;
use crate::QueryError;

/// How deeply expressions and queries may nest.
const NESTING_MAX: usize = 50;

/// Operators and keywords of a statement. Each may deepen the tree that planning walks: `1 + 1 + …`
/// nests as deeply as it is long. Lists of values are not counted.
const OPERATORS_MAX: usize = 1_000;

/// Tables that a statement names: planning compares each with each.
const RELATIONS_MAX: usize = 50;

/// The one statement of a text.
pub(super) fn parse(query: &str) -> Result<Statement, QueryError> {
    check_size(query)?;
    let parser = DFParserBuilder::new(query)
        .with_dialect(&GenericDialect {})
        .with_recursion_limit(NESTING_MAX)
        .build();
    let mut statements =
        parser.and_then(|mut parser| parser.parse_statements()).map_err(error::from)?;
    match (statements.pop_front(), statements.len()) {
        (None, _) => Err(QueryError::invalid("the query is empty")
            .hint("write a SELECT, for instance SELECT count(*) FROM spans")),
        (Some(statement), 0) => {
            check(&statement)?;
            check_relations(&statement)?;
            Ok(statement)
        }
        (Some(_), more) => {
            Err(QueryError::invalid(format!("expected one statement, found {}", more + 1))
                .hint("send the statements one by one"))
        }
    }
}

/// Refuses what is too deep to parse and plan.
fn check_size(query: &str) -> Result<(), QueryError> {
    let tokens = Tokenizer::new(&GenericDialect {}, query).tokenize();
    let tokens = tokens.map_err(|parser| {
        error::from(DataFusionError::SQL(Box::new(ParserError::from(parser)), None))
    })?;
    let deepens = |token: &&Token| match token {
        Token::Word(word) => word.keyword != Keyword::NoKeyword,
        Token::Number(..)
        | Token::SingleQuotedString(_)
        | Token::Whitespace(_)
        | Token::Comma
        | Token::Period
        | Token::LParen
        | Token::RParen
        | Token::SemiColon => false,
        _ => true,
    };
    let operators = tokens.iter().filter(deepens).count();
    if operators > OPERATORS_MAX {
        let message = format!(
            "the query has {operators} operators and keywords, at most {OPERATORS_MAX} are allowed"
        );
        return Err(QueryError::invalid(message).hint("write column IN (…) instead of many ORs"));
    }
    Ok(())
}

fn check_relations(statement: &Statement) -> Result<(), QueryError> {
    let Statement::Statement(ast) = statement else { return Ok(()) };
    let mut relations = 0;
    let _ = visit_relations(ast.as_ref(), |_| {
        relations += 1;
        ControlFlow::<()>::Continue(())
    });
    if relations > RELATIONS_MAX {
        return Err(QueryError::invalid(format!(
            "the query names {relations} tables, at most {RELATIONS_MAX} are allowed"
        )));
    }
    Ok(())
}

fn check(statement: &Statement) -> Result<(), QueryError> {
    let ast = match statement {
        Statement::Explain(explain) => {
            check_relations(&explain.statement)?;
            return check(&explain.statement);
        }
        Statement::Statement(ast) => ast,
        Statement::CreateExternalTable(_) => return Err(refused("CREATE EXTERNAL TABLE")),
        Statement::CopyTo(_) => return Err(refused("COPY")),
        Statement::Reset(_) => return Err(refused("RESET")),
    };
    match ast.as_ref() {
        Ast::Query(_)
        | Ast::ExplainTable { .. }
        | Ast::ShowTables { .. }
        | Ast::ShowColumns { .. }
        | Ast::ShowFunctions { .. } => Ok(()),
        Ast::Explain { statement, .. } => check(&Statement::Statement(statement.clone())),
        other => {
            // The first words name the statement without repeating what it holds.
            let text = other.to_string();
            let words = text.split_whitespace();
            let words = words.take_while(|word| word.chars().all(|c| c.is_ascii_uppercase()));
            Err(refused(&words.take(3).collect::<Vec<_>>().join(" ")))
        }
    }
}

fn refused(statement: &str) -> QueryError {
    QueryError::invalid(format!("{statement} is not allowed: SQL only reads here"))
        .hint("use SELECT, EXPLAIN, DESCRIBE, SHOW TABLES or SHOW COLUMNS")
}

/// Refuses a plan that writes, defines or sets anything.
pub(super) fn check_plan(plan: &LogicalPlan) -> Result<(), QueryError> {
    let options =
        SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    options.verify_plan(plan).map_err(|_| refused("this statement"))
}
