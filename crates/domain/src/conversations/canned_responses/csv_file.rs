//! The CSV file of canned responses, which is exported and imported.
//!
//! The first line names the columns. Cells are guarded against formulas
//! ([`csv_cells`](deskbell_base::csv_cells)), so an exported file is imported without a change.

use std::collections::HashMap;

use csv::{ReaderBuilder, StringRecord, Terminator, WriterBuilder};
use deskbell_base::csv_cells::{guard, unguard};
use deskbell_base::error::{AppError, AppResult};
use deskbell_protocol::api::conversations::canned_responses::CannedResponse;
use deskbell_protocol::api::workspace::teams::Team;
use deskbell_protocol::{TeamId, limits};

/// The columns, in the order of an export.
const COLUMNS: [&str; 6] = ["shortcut", "title", "category", "content", "scope", "team"];
/// The columns that a file must have.
const NEEDED: [&str; 2] = ["shortcut", "content"];
/// The separators of columns that spreadsheets write, depending on the language.
const SEPARATORS: [u8; 3] = *b",;\t";

/// A row of a file. Columns that the file does not have are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct CsvRow {
    /// The line in which it begins; the first is 1.
    pub(super) line: u64,
    pub(super) shortcut: String,
    pub(super) title: String,
    pub(super) category: String,
    pub(super) content: String,
    pub(super) scope: String,
    /// The name of the team.
    pub(super) team: String,
}

/// A counter of lines up to a position, which only advances. The reader's own positions are those before the
/// line ends and empty lines that precede a row.
struct LineCounter<'a> {
    file: &'a [u8],
    at: usize,
    line: u64,
}

/// The first line of a file.
pub(super) fn head() -> String {
    COLUMNS.join(",") + "\r\n"
}

/// The names of teams by their ids.
pub(super) fn team_names(teams: Vec<Team>) -> HashMap<TeamId, String> {
    teams.into_iter().map(|team| (team.id, team.name)).collect()
}

/// Formats responses as lines (RFC 4180).
pub(super) fn write<'a>(
    responses: impl Iterator<Item = &'a CannedResponse>,
    team_names: &HashMap<TeamId, String>,
) -> AppResult<String> {
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .from_writer(Vec::new());
    for response in responses {
        let team = response.team_id.and_then(|team| team_names.get(&team));
        let cells = [
            response.shortcut.as_str(),
            &response.title,
            &response.category,
            &response.content,
            response.scope.as_str(),
            team.map_or("", String::as_str),
        ];
        let cells = cells.map(|cell: &str| guard(cell));
        writer.write_record(cells).map_err(AppError::internal)?;
    }
    let lines = writer.into_inner();
    let lines = lines.map_err(|error| AppError::internal(error.into_error()))?;
    String::from_utf8(lines).map_err(AppError::internal)
}

/// Reads the rows of a file.
pub(super) fn read(file: &[u8]) -> AppResult<Vec<CsvRow>> {
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    if std::str::from_utf8(file).is_err() {
        return Err(wrong_file("Save the file as CSV in UTF-8."));
    }
    if file.contains(&0) {
        return Err(wrong_file("Text can't contain the NUL character."));
    }
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator(file))
        .from_reader(file);
    let mut records = reader.records();
    let Some(head) = records.next() else {
        return Err(wrong_file("The file is empty."));
    };
    let columns = read_columns(&head.map_err(not_csv)?)?;
    let (mut rows, mut lines) = (Vec::new(), LineCounter::new(file));
    for record in records {
        let record = record.map_err(not_csv)?;
        if rows.len() >= limits::IMPORT_ROWS {
            let message = format!(
                "A file can have at most {} rows. Split it.",
                limits::IMPORT_ROWS
            );
            return Err(wrong_file(message));
        }
        // Spreadsheets write rows of empty cells at the end.
        if record.iter().any(|cell| !cell.trim().is_empty()) {
            let begin = record.position().map_or(0, csv::Position::byte);
            let line = lines.line_at(usize::try_from(begin).unwrap_or(0));
            rows.push(read_row(&columns, &record, line)?);
        }
    }
    if rows.is_empty() {
        return Err(wrong_file(
            "The file has no rows below the names of the columns.",
        ));
    }
    Ok(rows)
}

/// The separator that is most frequent in the first line.
fn separator(file: &[u8]) -> u8 {
    let head = file.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |separator: &u8| head.iter().filter(|byte| *byte == separator).count();
    // Of equal counts the last one is taken: the comma.
    let most = SEPARATORS.iter().rev().max_by_key(|it| count(it));
    most.copied().unwrap_or(b',')
}

/// The columns of a file, by their names.
fn read_columns(head: &StringRecord) -> AppResult<Vec<&'static str>> {
    let mut columns = Vec::new();
    for name in head {
        let name = name.trim().to_lowercase();
        let known = COLUMNS.into_iter().find(|column| *column == name);
        let Some(column) = known else {
            let name: String = name.chars().take(limits::CATEGORY_CHARS).collect();
            let known = COLUMNS.join(", ");
            let message = format!("Line 1: there is no column \"{name}\". Columns are {known}.");
            return Err(wrong_file(message));
        };
        if columns.contains(&column) {
            return Err(wrong_file(format!(
                "Line 1: the column \"{column}\" is there twice."
            )));
        }
        columns.push(column);
    }
    match NEEDED.into_iter().find(|needed| !columns.contains(needed)) {
        Some(missing) => Err(wrong_file(format!(
            "Line 1: the column \"{missing}\" is missing."
        ))),
        None => Ok(columns),
    }
}

fn read_row(columns: &[&str], record: &StringRecord, line: u64) -> AppResult<CsvRow> {
    if record.len() > columns.len() {
        let message = format!(
            "Line {line} has {} cells, line 1 has {}. Put quotation marks around texts with separators.",
            record.len(),
            columns.len()
        );
        return Err(wrong_file(message));
    }
    let mut row = CsvRow {
        line,
        ..CsvRow::default()
    };
    for (column, cell) in columns.iter().zip(record) {
        let place = match *column {
            "shortcut" => &mut row.shortcut,
            "title" => &mut row.title,
            "category" => &mut row.category,
            "content" => &mut row.content,
            "scope" => &mut row.scope,
            _ => &mut row.team,
        };
        *place = unguard(cell).to_owned();
    }
    Ok(row)
}

impl<'a> LineCounter<'a> {
    fn new(file: &'a [u8]) -> Self {
        Self {
            file,
            at: 0,
            line: 1,
        }
    }

    /// The line of the first character at or after `begin` that is no line end.
    fn line_at(&mut self, begin: usize) -> u64 {
        let is_line_end = |byte: &&u8| matches!(byte, b'\r' | b'\n');
        let before = self.file.get(self.at..begin).unwrap_or_default();
        let ends = self.file.get(begin..).unwrap_or_default();
        let skipped = ends.iter().take_while(is_line_end).count();
        let passed = before.iter().chain(&ends[..skipped]);
        self.line += passed.filter(|byte| **byte == b'\n').count() as u64;
        self.at = begin + skipped;
        self.line
    }
}

fn wrong_file(message: impl Into<String>) -> AppError {
    AppError::invalid("file", message)
}

fn not_csv(error: csv::Error) -> AppError {
    let line = error.position().map_or(1, csv::Position::line);
    wrong_file(format!("Line {line} is not CSV."))
}

#[cfg(test)]
mod tests {
    use deskbell_protocol::api::conversations::canned_responses::ResponseScope;
    use deskbell_protocol::{AgentView, CannedResponseId, UserId};
    use proptest::prelude::*;

    use super::*;

    fn response([shortcut, title, category, content]: [&str; 4]) -> CannedResponse {
        CannedResponse {
            id: CannedResponseId::from_parts(1, [1; 10]),
            scope: ResponseScope::Team,
            team_id: Some(TeamId::from_parts(1, [1; 10])),
            shortcut: shortcut.to_owned(),
            title: title.to_owned(),
            category: category.to_owned(),
            content: content.to_owned(),
            created_by: AgentView {
                id: UserId::from_parts(1, [1; 10]),
                name: "Ada".to_owned(),
            },
            created_at: 1,
            updated_at: 1,
            use_count: 0,
            last_used_at: None,
        }
    }

    fn refusal(file: &str) -> String {
        let error = read(file.as_bytes()).expect_err("it is refused");
        error.body.fields["file"].clone()
    }

    #[test]
    fn files_of_any_spreadsheet_are_read() {
        for file in [
            "shortcut,content\r\nhi,Hello\r\n",
            "\u{feff}Shortcut;Content\nhi;Hello\n;\n",
            "content\tshortcut\nHello\thi",
            "\"shortcut\",\"content\"\n\n\"hi\",\"Hello\"\n\n",
        ] {
            let rows = read(file.as_bytes()).expect("it is read");
            assert_eq!(rows.len(), 1, "{file}");
            assert_eq!(
                (rows[0].shortcut.as_str(), rows[0].content.as_str()),
                ("hi", "Hello")
            );
        }
    }

    #[test]
    fn a_row_has_the_number_of_the_line_in_which_it_begins() {
        let file = "shortcut,content\na,\"one\ntwo\"\n\nb,three\n";
        let lines: Vec<u64> = read(file.as_bytes())
            .expect("it is read")
            .iter()
            .map(|row| row.line)
            .collect();
        assert_eq!(lines, [2, 5]);
    }

    #[test]
    fn a_wrong_file_is_refused_with_the_reason() {
        assert!(refusal("").contains("empty"));
        assert!(refusal("shortcut,content\n").contains("no rows"));
        assert!(refusal("shortcut,text\na,b\n").contains("\"text\""));
        assert!(refusal("shortcut,title\na,b\n").contains("\"content\" is missing"));
        assert!(refusal("shortcut,content,content\n").contains("twice"));
        assert!(refusal("shortcut,content\na,b,c\n").contains("Line 2"));
        assert!(refusal("shortcut,content\na,b\0\n").contains("NUL"));
        let latin = read(b"shortcut,content\na,\xe4\n").expect_err("not UTF-8");
        assert!(latin.body.message.contains("UTF-8"));
        let many = "a,b\n".repeat(limits::IMPORT_ROWS + 1);
        assert!(refusal(&format!("shortcut,content\n{many}")).contains("rows"));
    }

    proptest! {
        #[test]
        fn exported_cells_are_imported_unchanged(
            title in "['=+@;,\"a-z \n]{0,8}",
            category in "['=\t,\"a-z ]{0,8}",
            content in "['=+@;,\"a-z\r\n{}|＝]{1,16}",
        ) {
            let names = HashMap::from([(TeamId::from_parts(1, [1; 10]), "=Returns".to_owned())]);
            let responses = [response(["hi", &title, &category, &content])];
            let file = head() + &write(responses.iter(), &names).expect("it is written");
            let rows = read(file.as_bytes()).expect("it is read");
            prop_assert_eq!(rows.len(), 1);
            prop_assert_eq!(&rows[0].title, &title);
            prop_assert_eq!(&rows[0].category, &category);
            prop_assert_eq!(&rows[0].content, &content);
            prop_assert_eq!((rows[0].scope.as_str(), rows[0].team.as_str()), ("team", "=Returns"));
        }

        #[test]
        fn no_file_is_a_panic(file in prop::collection::vec(any::<u8>(), 0..64), head in any::<bool>()) {
            let begin = if head { "shortcut,content\n" } else { "" };
            let _ = read(&[begin.as_bytes(), &file].concat());
        }
    }
}
