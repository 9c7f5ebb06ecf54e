package rows

import (
	"fmt"
	"io"
	"strings"
)

// Markdown writes the table as a page.
func (r *Results) Markdown(w io.Writer) {
	fmt.Fprintf(w, "# Results\n\nWritten by `make bench-publish`; [performance.md](../performance.md) says what the rows are.\n\n")
	fmt.Fprintf(w, "| Row | Work | Reference | Crier | Ratio | Bar | Met |\n|---|---|---|---|---|---|---|\n")
	for _, row := range r.Rows {
		met := "yes"
		if !row.Met() {
			met = "**no**"
		}
		fmt.Fprintf(w, "| `%s` | %s | %s: %s | %s | %.2f | %s | %s |\n",
			row.Name, row.Work, row.Against, row.Reference, row.Subject, row.Ratio, cell(row.Bar.String()), met)
	}
	for _, row := range r.Rows {
		fmt.Fprintf(w, "\n## %s\n\n%s, %s; %s.\n\n", row.Name, row.At.Format("2006-01-02"), row.Version, row.Machine)
		for _, b := range row.More {
			fmt.Fprintf(w, "- %s: %.1f, at most %g\n", b.What, b.Value, b.Limit)
		}
		for _, note := range row.Notes {
			fmt.Fprintf(w, "- %s\n", note)
		}
	}
}

// cell keeps a comparison sign from being read as HTML.
func cell(text string) string {
	return strings.NewReplacer("<", "&lt;", ">", "&gt;", "|", "&#124;").Replace(text)
}
