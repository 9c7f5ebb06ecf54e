package cluster

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"crier.dev/crier/hack/cluster/internal/config"
)

// patience is how long a component may take to end by itself. An API server
// would wait a minute for its watchers to leave; none of the components loses
// what it has confirmed when it is killed.
const patience = 5 * time.Second

// Control does one of stop, start, restart, freeze and thaw to a component.
func (c *Cluster) Control(ctx context.Context, verb, component string) error {
	if !slices.Contains(config.Order, component) {
		return fmt.Errorf("there is no component %q; there are: %s", component, strings.Join(config.Order, ", "))
	}
	if err := Check(); err != nil {
		return err
	}
	if !c.Exists() {
		return fmt.Errorf("there is no cluster in %s; bring one up first: go run . up", c.State)
	}
	switch verb {
	case "stop":
		return c.manager().Stop(component, patience)
	case "start":
		return c.Start(ctx, component)
	case "restart":
		if err := c.manager().Stop(component, patience); err != nil {
			return err
		}
		return c.Start(ctx, component)
	case "freeze":
		return c.manager().Freeze(component)
	case "thaw":
		return c.manager().Thaw(component)
	}
	return fmt.Errorf("there is no verb %q", verb)
}

// Status writes a line for each component and says whether all of them run
// and the node is ready.
func (c *Cluster) Status(ctx context.Context) error {
	if !c.Exists() {
		return fmt.Errorf("there is no cluster in %s", c.State)
	}
	var troubled []string
	for _, component := range config.Order {
		state := c.manager().State(component)
		c.say("%-24s %-12s %d", component, state, c.manager().PID(component))
		if state != "running" {
			troubled = append(troubled, component)
		}
	}
	if len(troubled) > 0 {
		return fmt.Errorf("not running: %s; bring back what is missing: go run . up", strings.Join(troubled, ", "))
	}
	nodes, err := c.kubectl(ctx, "", "get", "nodes", "--output=wide")
	if err != nil {
		return err
	}
	c.say("%s\nkubeconfig: %s", nodes, c.State.Kubeconfig("admin"))
	return nil
}
