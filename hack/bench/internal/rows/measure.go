package rows

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// step measures rows in a Lab of its own.
type step struct {
	rows []string
	run  func(ctx context.Context, l *Lab, want func(string) bool) ([]Row, error)
}

func one(f func(*Lab, context.Context) (Row, error)) func(context.Context, *Lab, func(string) bool) ([]Row, error) {
	return func(ctx context.Context, l *Lab, _ func(string) bool) ([]Row, error) {
		row, err := f(l, ctx)
		if err != nil {
			return nil, err
		}
		return []Row{row}, nil
	}
}

var steps = []step{
	{[]string{"loopback", "gomail", "gomail_cpu", "writes"},
		func(ctx context.Context, l *Lab, want func(string) bool) ([]Row, error) { return l.Speed(ctx, want) }},
	{[]string{"ed25519"}, one((*Lab).Ed25519)},
	{[]string{"rsa2048"}, one((*Lab).RSA2048)},
	{[]string{"rtt20"}, one((*Lab).RTT)},
	{[]string{"template", "template_ed25519"},
		func(ctx context.Context, l *Lab, want func(string) bool) ([]Row, error) { return l.Template(ctx, want) }},
	{[]string{"markdown"}, one((*Lab).Markdown)},
	{[]string{"attachment"}, one((*Lab).Attachment)},
	{[]string{"etcd"}, one((*Lab).Etcd)},
	{[]string{"plan"}, one((*Lab).Plan)},
	{[]string{"filter"}, one((*Lab).Filter)},
	{[]string{"memory"}, one((*Lab).Memory)},
	{[]string{"suppressions"}, one((*Lab).Suppressions)},
}

// Measure adds the named rows to results, in the order of the names. A row
// that fails doesn't keep others from being measured.
func Measure(ctx context.Context, o Options, names []string, results *Results) error {
	want := func(name string) bool { return slices.Contains(names, name) }
	var failed []error
	for _, s := range steps {
		if !slices.ContainsFunc(s.rows, want) || ctx.Err() != nil {
			continue
		}
		rows, err := inLab(ctx, o, func(l *Lab) ([]Row, error) { return s.run(ctx, l, want) })
		results.Rows = append(results.Rows, rows...)
		if err != nil {
			failed = append(failed, fmt.Errorf("%v: %w", s.rows, err))
		}
	}
	slices.SortFunc(results.Rows, func(a, b Row) int { return slices.Index(names, a.Name) - slices.Index(names, b.Name) })
	return errors.Join(failed...)
}

func inLab(ctx context.Context, o Options, measure func(*Lab) ([]Row, error)) ([]Row, error) {
	l, err := Open(ctx, o)
	if err != nil {
		return nil, err
	}
	rows, err := measure(l)
	return rows, errors.Join(err, l.Close())
}
