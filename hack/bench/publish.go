package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"crier.dev/crier/hack/bench/internal/rows"
)

// newPublish writes what was measured as a page and pictures. What wasn't
// measured is left as it is.
func newPublish() *cobra.Command {
	var from, to string
	cmd := &cobra.Command{
		Use: "publish", Short: "Write the results and draw the plots", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := os.MkdirAll(to, 0o755); err != nil {
				return err
			}
			return errors.Join(publishRows(from, to), publishPlots(from, to))
		},
	}
	cmd.Flags().StringVar(&from, "from", "bin/bench", "folder with results")
	cmd.Flags().StringVar(&to, "to", "docs/performance", "folder for the page and the plots")
	return cmd
}

func publishRows(from, to string) error {
	found := &rows.Results{}
	for _, name := range []string{"results.json", "million.json"} {
		results, err := rows.Load(filepath.Join(from, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		found.Merge(results)
	}
	if len(found.Rows) == 0 {
		return nil
	}
	order := append(slices.Clone(all), "million")
	slices.SortFunc(found.Rows, func(a, b rows.Row) int {
		return slices.Index(order, a.Name) - slices.Index(order, b.Name)
	})
	page, err := os.Create(filepath.Join(to, "results.md"))
	if err != nil {
		return err
	}
	found.Markdown(page)
	return page.Close()
}

func publishPlots(from, to string) error {
	results, err := rows.Load(filepath.Join(from, "sweep.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for name, c := range charts(results.Sweeps) {
		if err := c.Save(filepath.Join(to, name+".svg")); err != nil {
			return err
		}
	}
	return nil
}
