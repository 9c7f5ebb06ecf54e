package filter

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/google/cel-go/common/types"
)

// Type of an attribute.
type Type string

// The types of attributes. A stored value is a text in each case.
const (
	TypeString  Type = "String"
	TypeInteger Type = "Integer"
	TypeNumber  Type = "Number"
	TypeBoolean Type = "Boolean"
	// TypeDate is a date or date-time of RFC 3339. A date alone is its first
	// moment in UTC.
	TypeDate Type = "Date"
	// TypeList is a list of texts, stored with semicolons between them.
	TypeList Type = "List"
	// typeUnknown is that of every attribute when no Schema is known.
	typeUnknown Type = "unknown"
)

// MaxList is how many elements of a List are looked at. No value that a roster
// accepts has more.
const MaxList = 512

var (
	errInteger = errors.New("expected a whole number, such as 12")
	errNumber  = errors.New("expected a number with a point, not a comma, such as 0.5")
	errBoolean = errors.New("expected true or false")
	errDate    = errors.New("expected a date such as 2026-01-31 or 2026-01-31T09:00:00-05:00")
	errList    = errors.New("expected at most " + strconv.Itoa(MaxList) + " texts separated by semicolons")
)

// Check says whether a stored value fits. The error says what is expected, and
// not what is there. An empty value fits: it is a missing one.
func (t Type) Check(value string) (err error) {
	if value == "" {
		return nil
	}
	switch t {
	case TypeInteger:
		_, err = parseInteger(value)
	case TypeNumber:
		_, err = parseNumber(value)
	case TypeBoolean:
		_, err = parseBoolean(value)
	case TypeDate:
		_, err = parseDate(value)
	case TypeList:
		if strings.Count(value, ";") >= MaxList {
			err = errList
		}
	}
	return err
}

// present says whether a stored value is one of the type, and not missing.
func (t Type) present(stored string) bool {
	if t == TypeList {
		return strings.Trim(stored, "; \t") != ""
	}
	return stored != "" && t.Check(stored) == nil
}

// cel is the type that the checker knows.
func (t Type) cel() *types.Type {
	switch t {
	case TypeInteger:
		return types.IntType
	case TypeNumber:
		return types.DoubleType
	case TypeBoolean:
		return types.BoolType
	case TypeDate:
		return types.TimestampType
	case TypeList:
		return types.NewListType(types.StringType)
	case typeUnknown:
		return types.DynType
	}
	return types.StringType
}

func parseInteger(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, errInteger
	}
	return n, nil
}

// parseNumber takes decimal notation only: Go would also read hexadecimal
// ones, infinity and "nan".
func parseNumber(s string) (float64, error) {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9', c == '.', c == '-', c == '+', c == 'e', c == 'E':
		default:
			return 0, errNumber
		}
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0, errNumber
	}
	return n, nil
}

func parseBoolean(s string) (bool, error) {
	switch {
	case strings.EqualFold(s, "true"):
		return true, nil
	case strings.EqualFold(s, "false"):
		return false, nil
	}
	return false, errBoolean
}

func parseDate(s string) (time.Time, error) {
	layout := time.RFC3339
	if len(s) == len(time.DateOnly) {
		layout = time.DateOnly
	}
	t, err := time.Parse(layout, s)
	// CEL has the years 1 to 9999, in UTC.
	if err != nil || t.UTC().Year() < 1 || t.UTC().Year() > 9999 {
		return time.Time{}, errDate
	}
	return t, nil
}

// parseList splits at semicolons. What is behind MaxList of them isn't there.
func parseList(s string) []string {
	var list []string
	for range MaxList {
		element, rest, more := strings.Cut(s, ";")
		if element = strings.TrimSpace(element); element != "" {
			list = append(list, element)
		}
		if !more {
			break
		}
		s = rest
	}
	return list
}
