package lint

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"crier.dev/crier/internal/client/terminal"
	"crier.dev/crier/internal/words"
)

// Text writes one line for each finding, as compilers do:
// path:line:column: severity: message [rule].
func (r Report) Text(w io.Writer) error {
	for _, f := range r.Findings {
		if _, err := fmt.Fprintf(w, "%s: %s: %s [%s]\n", terminal.Line(f.String()), f.Severity, terminal.Line(f.Message), f.Rule); err != nil {
			return err
		}
	}
	return nil
}

// GitHub writes findings as workflow commands, which GitHub shows beside the
// lines of a pull request.
func (r Report) GitHub(w io.Writer) error {
	for _, f := range r.Findings {
		place := "file=" + property.Replace(f.Path)
		if f.Line > 0 {
			place += fmt.Sprintf(",line=%d,col=%d", f.Line, f.Column)
		}
		if _, err := fmt.Fprintf(w, "::%s %s,title=%s::%s\n", f.Severity, place, f.Rule, command.Replace(terminal.Line(f.Message))); err != nil {
			return err
		}
	}
	return nil
}

var (
	command  = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// JSON writes the report as one object.
func (r Report) JSON(w io.Writer) error {
	type finding struct {
		Path     string   `json:"path"`
		Line     int      `json:"line,omitempty"`
		Column   int      `json:"column,omitempty"`
		Severity Severity `json:"severity"`
		Rule     Rule     `json:"rule"`
		Object   string   `json:"object,omitempty"`
		Message  string   `json:"message"`
	}
	type skip struct {
		Path   string `json:"path"`
		Reason string `json:"reason"`
		Detail string `json:"detail,omitempty"`
	}
	out := struct {
		Findings []finding `json:"findings"`
		Files    int       `json:"files"`
		Objects  int       `json:"objects"`
		Skipped  int       `json:"skipped"`
		Errors   int       `json:"errors"`
		Warnings int       `json:"warnings"`
		Skips    []skip    `json:"skippedFiles"`
	}{[]finding{}, r.Files, r.Objects, r.Skipped, r.Count(Error), r.Count(Warning), []skip{}}
	for _, s := range r.Skips {
		out.Skips = append(out.Skips, skip{s.Path, string(s.Why), s.Detail})
	}
	for _, f := range r.Findings {
		out.Findings = append(out.Findings, finding{f.Path, f.Line, f.Column, f.Severity, f.Rule, f.Object, f.Message})
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(out)
}

// Summary is the report in one line: "3 errors, 1 warning in 4 files
// (12 Crier objects, 5 others skipped); 2 files skipped: not Kubernetes
// objects".
func (r Report) Summary() string {
	others := ""
	if r.Skipped > 0 {
		others = fmt.Sprintf(", %s skipped", words.Count(r.Skipped, "other"))
	}
	line := fmt.Sprintf("%s, %s in %s (%s%s)", words.Count(r.Count(Error), "error"), words.Count(r.Count(Warning), "warning"),
		words.Count(r.Files, "file"), words.Count(r.Objects, "Crier object"), others)
	if len(r.Skips) > 0 {
		line += "; " + r.Skips.String()
	}
	return line
}
