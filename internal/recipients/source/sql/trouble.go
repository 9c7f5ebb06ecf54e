package sql

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"crier.dev/crier/internal/invisible"
	"crier.dev/crier/internal/recipients/source"
)

// stage says what was being done.
type stage int

const (
	atConnect stage = iota
	atBegin
	atQuery // the query was read, but not run
	atRows
)

// failed explains an error of the driver. Those that aren't a Problem mean that
// time was up.
func (set settings) failed(err error, at stage) error {
	var answer *pgconn.PgError
	var large *pgproto3.ExceededMaxBodyLenErr
	switch {
	case errors.As(err, &answer):
		return set.answered(answer, at)
	case errors.As(err, &large):
		return source.Say(source.TooLarge, "A row of the answer is larger than %d MiB; select only the columns that are needed.", maxMessage>>20)
	case pgconn.Timeout(err):
		return err
	}
	return set.lost()
}

func (set settings) lost() error {
	return source.Say(source.Unavailable, "The connection to %s was lost before everything was read.", set.host)
}

func (set settings) nonsense() error {
	return source.Say(source.Unreadable, "%s doesn't answer like PostgreSQL; check host and port.", set.host)
}

func (set settings) tooSlow() error {
	return source.Say(source.Unavailable,
		"The query took longer than statementTimeout, which is %s, or was cancelled at the server; make it faster, or raise statementTimeout.", set.timeout)
}

// answered explains what the server answered by its code (SQLSTATE, appendix A
// of PostgreSQL's manual), in our words: its own could hold what is in rows.
func (set settings) answered(answer *pgconn.PgError, at stage) error {
	if !sqlState.MatchString(answer.Code) {
		return set.nonsense()
	}
	switch answer.Code {
	case "28P01":
		return source.Say(source.Refused, "%s refuses the login: username or password is wrong. It is tried once each time the source is read.", set.host)
	case "3D000":
		return source.Say(source.Invalid, "There is no database %s at %s; check its name.", set.database, set.host)
	case "42501":
		return source.Say(source.Refused, "The account may not read what the query needs (SQLSTATE 42501); grant it CONNECT, USAGE and SELECT there.")
	case "25006":
		return source.Say(source.Invalid, "The query writes, but it runs in a read-only transaction; write a SELECT.")
	case "57014":
		return set.tooSlow()
	case "55P03":
		return source.Say(source.Unavailable, "A table of the query was locked for longer than %s.", min(lockTimeout, set.timeout))
	}
	switch class(answer) {
	case "28":
		return source.Say(source.Refused, "%s doesn't let the account in (SQLSTATE %s); check username, and pg_hba.conf there.", set.host, answer.Code)
	case "42":
		return set.invalid(answer, at)
	case "0A", "21", "22", "25", "34", "54":
		return source.Say(source.Invalid, "The query can't be run%s (SQLSTATE %s): %s.", set.place(answer), answer.Code, classes[class(answer)])
	}
	return source.Say(source.Unavailable, "%s can't answer now (SQLSTATE %s).", set.host, answer.Code)
}

// sqlState is the form of a code: anything else would be words of a stranger.
var sqlState = regexp.MustCompile(`^[0-9A-Z]{5}$`)

func class(answer *pgconn.PgError) string {
	if len(answer.Code) < 2 {
		return ""
	}
	return answer.Code[:2]
}

var classes = map[string]string{
	"0A": "the server doesn't support what it asks for",
	"21": "a part of it returns more rows than allowed",
	"22": "a value, of a parameter or in a row, has the wrong type",
	"25": "it can't run in a read-only transaction",
	"34": "it names a cursor that isn't there",
	"54": "it goes beyond a limit of the server",
}

// invalid is for mistakes in the query. What the server says of it before it
// runs is about names and syntax; later, a function could speak of rows.
func (set settings) invalid(answer *pgconn.PgError, at stage) error {
	if at != atQuery {
		return source.Say(source.Invalid, "The query has a mistake%s (SQLSTATE %s).", set.place(answer), answer.Code)
	}
	if answer.Code == "42601" && strings.Contains(answer.Message, "multiple commands") {
		return source.Say(source.Invalid, "The query is several statements; write one, without anything after a semicolon.")
	}
	return source.Say(source.Invalid, "The query has a mistake%s: %s (SQLSTATE %s).", set.place(answer), printable(answer.Message), answer.Code)
}

// place is where in the query, or nothing. Positions count characters from 1.
func (set settings) place(answer *pgconn.PgError) string {
	query := []rune(set.query)
	if answer.Position < 1 || int(answer.Position) > len(query)+1 {
		return ""
	}
	before := string(query[:answer.Position-1])
	line := strings.Count(before, "\n") + 1
	column := len([]rune(before[strings.LastIndex(before, "\n")+1:])) + 1
	return fmt.Sprintf(" in line %d, character %d", line, column)
}

const maxWords = 200

// printable puts the server's words on one line of bounded length.
func printable(s string) string {
	out := []rune(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || invisible.Any(r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, s))
	if len(out) > maxWords {
		out = append(out[:maxWords], '.', '.', '.')
	}
	return string(out)
}
