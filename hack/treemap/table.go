package main

import (
	"fmt"
	"slices"
	"strings"
)

// areas are the parts of the map, in the order in which a reader looks: each
// takes the packages at and below its path that no longer path takes.
var areas = []string{
	"api", "controllers",
	"internal/recipients", "internal/writing", "internal/smtp", "internal/delivery", "internal/report",
	"internal/cluster", "internal/client", "internal/testing", "internal", "hack", "",
}

// table writes the packages as tables, one for each area. What the folder of an
// area says of itself stands above its table.
func table(packages []found) string {
	rows := map[string][]found{}
	heads := map[string]string{}
	for _, p := range packages {
		area := areaOf(p.path)
		if p.path == area {
			heads[area] = p.says
			continue
		}
		rows[area] = append(rows[area], p)
	}
	var b strings.Builder
	for _, area := range areas {
		if heads[area] == "" && len(rows[area]) == 0 {
			continue
		}
		title := "the rest"
		if area != "" {
			title = "`" + area + "`"
		}
		if heads[area] != "" {
			title += ": " + heads[area]
		}
		fmt.Fprintf(&b, "%s\n\n", title)
		if len(rows[area]) == 0 {
			continue
		}
		fmt.Fprintf(&b, "| | |\n|---|---|\n")
		for _, p := range rows[area] {
			fmt.Fprintf(&b, "| `%s` | %s |\n", strings.TrimPrefix(p.path, area+"/"), p.says)
		}
		b.WriteByte('\n')
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func areaOf(path string) string {
	i := slices.IndexFunc(areas, func(area string) bool {
		return area == "" || path == area || strings.HasPrefix(path, area+"/")
	})
	return areas[i]
}
