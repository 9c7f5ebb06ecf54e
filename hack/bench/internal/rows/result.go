package rows

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"text/tabwriter"
	"time"
)

// Row is a line of the table.
type Row struct {
	Name string `json:"name"`
	// At, Machine and Version say when and where it was measured, and which
	// Crier.
	At      time.Time `json:"at"`
	Machine string    `json:"machine"`
	Version string    `json:"version"`
	// Work and Against are what was measured, in words and figures.
	Work    string `json:"work"`
	Against string `json:"against"`
	// Subject and Reference with their unit.
	Subject   string  `json:"subject"`
	Reference string  `json:"reference"`
	Ratio     float64 `json:"ratio"`
	Bar       Bar     `json:"bar"`
	// More bounds hold beside the ratio.
	More []Bound `json:"more,omitempty"`
	// Notes are what one should know of the figures.
	Notes []string `json:"notes,omitempty"`
	// Runs are all single measurements.
	Runs any `json:"runs,omitempty"`
}

// Bar is what a ratio has to reach, or not to exceed.
type Bar struct {
	AtLeast float64 `json:"atLeast,omitempty"`
	AtMost  float64 `json:"atMost,omitempty"`
}

func (b Bar) String() string {
	if b.AtMost > 0 {
		return fmt.Sprintf("<= %g", b.AtMost)
	}
	return fmt.Sprintf(">= %g", b.AtLeast)
}

func (b Bar) met(v float64) bool {
	if b.AtMost > 0 {
		return v <= b.AtMost
	}
	return v >= b.AtLeast
}

// Bound is a value that must not be larger than a limit.
type Bound struct {
	What  string  `json:"what"`
	Value float64 `json:"value"`
	Limit float64 `json:"limit"`
}

// Met says whether the ratio and all bounds are kept.
func (r Row) Met() bool {
	met := r.Bar.met(r.Ratio)
	for _, b := range r.More {
		met = met && b.Value <= b.Limit
	}
	return met
}

// Results are what was measured.
type Results struct {
	Rows []Row `json:"rows,omitempty"`
	// Sweeps are the measurements of the plots.
	Sweeps *Sweeps `json:"sweeps,omitempty"`
}

// Stamp says of rows when and where they were measured, with which Crier.
func (r *Results) Stamp(version string, at time.Time) {
	for i := range r.Rows {
		r.Rows[i].At, r.Rows[i].Version = at.UTC().Truncate(time.Second), version
		r.Rows[i].Machine = fmt.Sprintf("%d cores, %s/%s, %s", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
	}
}

// Merge takes the rows of older results that weren't measured now.
func (r *Results) Merge(older *Results) {
	measured := map[string]bool{}
	for _, row := range r.Rows {
		measured[row.Name] = true
	}
	for _, row := range older.Rows {
		if !measured[row.Name] {
			r.Rows = append(r.Rows, row)
		}
	}
}

// Print writes the table, then a line for each ratio.
func (r *Results) Print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "\nROW\tWORK\tREFERENCE\tSUBJECT\tRATIO\tBAR\t\n")
	for _, row := range r.Rows {
		verdict := "met"
		if !row.Met() {
			verdict = "NOT MET"
		}
		fmt.Fprintf(t, "%s\t%s\t%s: %s\t%s\t%.2f\t%s\t%s\n", row.Name, row.Work, row.Against, row.Reference, row.Subject, row.Ratio, row.Bar, verdict)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, row := range r.Rows {
		for _, b := range row.More {
			fmt.Fprintf(w, "%s: %s %.1f, at most %g\n", row.Name, b.What, b.Value, b.Limit)
		}
		for _, note := range row.Notes {
			fmt.Fprintf(w, "%s: %s\n", row.Name, note)
		}
	}
	fmt.Fprintln(w)
	for _, row := range r.Rows {
		fmt.Fprintf(w, "ratio %s %.3f\n", row.Name, row.Ratio)
	}
	return nil
}

// Save writes the results as JSON.
func (r *Results) Save(file string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
}

// Load reads results.
func Load(file string) (*Results, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	r := &Results{}
	return r, json.Unmarshal(text, r)
}
