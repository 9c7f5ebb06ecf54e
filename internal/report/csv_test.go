package report

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/redact"
	"crier.dev/crier/internal/words"
)

func read(t *testing.T, content []byte) [][]string {
	t.Helper()
	records, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
	if err != nil {
		t.Fatalf("CSV can't be read back: %v\n%s", err, content)
	}
	if len(records) == 0 || !reflect.DeepEqual(records[0], columns) {
		t.Fatalf("no header line in %q", content)
	}
	return records[1:]
}

func TestCSVOfNothing(t *testing.T) {
	b := New(Facts{})
	if got := read(t, b.CSV()); len(got) != 0 {
		t.Errorf("rows of nothing: %v", got)
	}
	if pages := paged(t, 100, 100); len(pages) != 1 || !bytes.Equal(pages[0], b.CSV()) {
		t.Errorf("pages of nothing: %q", pages)
	}
}

// paged is the CSV of rows in pages.
func paged(t *testing.T, first, rest int, rows ...Row) (pages [][]byte) {
	t.Helper()
	b := New(Facts{})
	b.Paginate(first, rest, func(page int, content []byte) error {
		if page != len(pages) {
			t.Errorf("page %d came as number %d", page, len(pages))
		}
		pages = append(pages, content)
		return nil
	})
	for _, r := range rows {
		b.Add(r)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	return pages
}

func TestPagesEndWithTheFirstError(t *testing.T) {
	b, calls, broken := New(Facts{}), 0, errors.New("broken")
	b.Paginate(1, 1, func(int, []byte) error {
		calls++
		return broken
	})
	for range 3 {
		b.Add(Row{Recipient: "a@example.gov"})
	}
	if err := b.Close(); !errors.Is(err, broken) || calls != 1 {
		t.Errorf("%v after %d calls", err, calls)
	}
}

func TestCSVPagesHoldEveryRowOnce(t *testing.T) {
	const all = 500
	var rows []Row
	for i := range all {
		rows = append(rows, Row{Recipient: fmt.Sprintf("r%d@example.gov", i), State: crier.DeliveryFailed, Code: 550,
			Text: strings.Repeat("word, \"é\" ", i%40)})
	}
	for _, limit := range []int{1, 100, 200, 1000, 4096, 1 << 20} {
		next := 0
		for i, page := range paged(t, limit/2, limit, rows...) {
			found, most := read(t, page), limit
			if i == 0 {
				most /= 2
			}
			if len(page) > most && len(found) != 1 {
				t.Errorf("limit %d: page %d of %d octets and %d rows", limit, i, len(page), len(found))
			}
			for _, row := range found {
				if want := fmt.Sprintf("r%d@example.gov", next); row[0] != want {
					t.Fatalf("limit %d: %q where %q was due", limit, row[0], want)
				}
				next++
			}
		}
		if next != all {
			t.Errorf("limit %d: %d rows of %d", limit, next, all)
		}
	}
}

func TestAttachmentIsCutAtARowAndSaysSo(t *testing.T) {
	b := New(ordinary(crier.DeliveryTotals{Intended: 20000, Failed: 20000}))
	for i := range 20000 {
		b.Add(Row{Recipient: fmt.Sprintf("r%d@example.gov", i), State: crier.DeliveryFailed, Code: 550, Text: strings.Repeat("w", 300)})
	}
	b.Attach(1 << 30)
	attachment := b.CSV()
	if len(attachment) > MaxAttachment || len(attachment) < MaxAttachment-1000 {
		t.Errorf("attachment of %d octets", len(attachment))
	}
	rows := int64(len(read(t, attachment)))
	if rows >= 20000 {
		t.Fatalf("%d rows fit; the test needs more", rows)
	}
	mail := strings.Join(strings.Fields(b.Mail().Text), " ")
	want := "names the first " + words.Number(rows) + " of 20,000 recipients, because the attachment would be too large. The ConfigMaps of the report name them all."
	if !strings.Contains(mail, want) {
		t.Errorf("the mail doesn't say %q:\n%s", want, mail)
	}
	b.Attach(100_000)
	if attachment = b.CSV(); len(attachment) > 100_000 || len(attachment) < 99_000 {
		t.Errorf("smaller attachment of %d octets", len(attachment))
	}
	if said := "names the first " + words.Number(int64(len(read(t, attachment)))) + " of"; !strings.Contains(strings.Join(strings.Fields(b.Mail().Text), " "), said) {
		t.Errorf("the mail doesn't say %q", said)
	}
}

func TestBuilderKeepsABoundedTable(t *testing.T) {
	b := New(ordinary(crier.DeliveryTotals{Intended: 10, Failed: 10}))
	b.table.limit = 200
	for i := range 10 {
		b.Add(Row{Recipient: fmt.Sprintf("r%d@example.gov", i), State: crier.DeliveryFailed})
	}
	added, left := b.Rows()
	rows := int64(len(read(t, b.CSV())))
	if added != 10 || left == 0 || rows != added-left {
		t.Errorf("%d added, %d left, %d in the CSV", added, left, rows)
	}
	want := "names the first " + words.Number(rows) + " of 10 recipients."
	if text := strings.Join(strings.Fields(b.Summary()), " "); !strings.Contains(text, want) {
		t.Errorf("the summary doesn't say %q:\n%s", want, text)
	}
}

func FuzzCSV(f *testing.F) {
	f.Add("a@example.gov", "=1+1", "-x", 550, 1)
	f.Add("=a@example.gov", "\r\n\t@x", "", 0, -1)
	f.Add("a\xff\u202e@b", "a\"b,c\n\"", "5.1.1", 9999, 7)
	f.Fuzz(func(t *testing.T, to, words, enhanced string, code, limit int) {
		b := New(Facts{})
		row := Row{Recipient: to, State: crier.DeliveryFailed, Text: words, Enhanced: enhanced, Phase: words, Code: code, Attempts: limit}
		b.Add(row)
		b.Add(Row{Recipient: words, State: crier.DeliveryUnknown, Text: to})
		rows := read(t, b.CSV())
		if len(rows) != 2 {
			t.Fatalf("%d rows of 2", len(rows))
		}
		if got := strings.TrimPrefix(rows[0][0], "'"); got != strings.TrimPrefix(redact.Clean(to, maxAddress), "'") {
			t.Errorf("address %q became %q", to, got)
		}
		for _, cell := range append(rows[0], rows[1]...) {
			first, _ := utf8.DecodeRuneInString(cell)
			if code < 0 && cell == rows[0][3] {
				continue // a number, not a stranger's word
			}
			if cell != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) {
				t.Errorf("cell %q is a formula", cell)
			}
		}
		onPages := 0
		for _, page := range paged(t, limit, limit, row, row) {
			onPages += len(read(t, page))
		}
		if onPages != 2 {
			t.Errorf("%d rows of 2 on the pages", onPages)
		}
	})
}
