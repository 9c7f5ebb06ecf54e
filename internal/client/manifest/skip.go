package manifest

import (
	"fmt"
	"strings"
)

// Why says of which kind a file is that isn't looked at.
type Why string

// What files are that aren't looked at, in the plural.
const (
	NotObjects     Why = "not Kubernetes objects"
	ChartTemplates Why = "templates of Helm charts"
	Parts          Why = "patches and other parts of kustomizations"
	LinksOutside   Why = "links that lead out of the folder"
)

// whys are all of them, in the order in which they are told.
var whys = []Why{NotObjects, ChartTemplates, Parts, LinksOutside}

// Skip is a file that isn't looked at.
type Skip struct {
	Path string
	Why  Why
	// Detail says more; "" for nothing.
	Detail string
}

func (s Skip) String() string {
	if s.Detail != "" {
		return s.Path + ": skipped: " + s.Detail
	}
	return s.Path + ": skipped: " + string(s.Why)
}

// Skips are files that aren't looked at.
type Skips []Skip

// String counts them by what they are: "12 files skipped: not Kubernetes
// objects", or with numbers if they are of several kinds. It is "" for none.
func (s Skips) String() string {
	if len(s) == 0 {
		return ""
	}
	number := map[Why]int{}
	for _, one := range s {
		number[one.Why]++
	}
	var parts []string
	for _, why := range whys {
		if n := number[why]; n == len(s) {
			parts = append(parts, string(why))
		} else if n > 0 {
			parts = append(parts, fmt.Sprintf("%s (%d)", why, n))
		}
	}
	files := "files"
	if len(s) == 1 {
		files = "file"
	}
	return fmt.Sprintf("%d %s skipped: %s", len(s), files, strings.Join(parts, ", "))
}
