package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// stage is a command of the shell with a name.
type stage struct {
	name    string
	after   []string // the stages that have to succeed first
	command string
}

var nameOf = regexp.MustCompile(`^[a-z0-9-]+$`)

// parse reads stages of the form "name: command" and
// "name after other, another: command". A stage names only earlier ones, so
// that none waits for itself.
func parse(arguments []string) ([]stage, error) {
	var stages []stage
	for _, argument := range arguments {
		head, command, found := strings.Cut(argument, ":")
		if command = strings.TrimSpace(command); !found || command == "" {
			return nil, fmt.Errorf("%q is not of the form NAME: COMMAND", argument)
		}
		name, others, _ := strings.Cut(head, " after ")
		s := stage{name: strings.TrimSpace(name), command: command}
		known := func(name string) bool {
			return slices.ContainsFunc(stages, func(s stage) bool { return s.name == name })
		}
		if !nameOf.MatchString(s.name) || known(s.name) {
			return nil, fmt.Errorf("%q: a name has small letters, digits and hyphens, and no other stage has it", argument)
		}
		for other := range strings.SplitSeq(others, ",") {
			if other = strings.TrimSpace(other); other == "" {
				continue
			}
			if !known(other) {
				return nil, fmt.Errorf("%q: there is no earlier stage %q", argument, other)
			}
			s.after = append(s.after, other)
		}
		stages = append(stages, s)
	}
	if len(stages) == 0 {
		return nil, fmt.Errorf("name at least one stage: 'NAME: COMMAND'")
	}
	return stages, nil
}
