package filter

import (
	"fmt"
	"strconv"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/checker"
	"github.com/google/cel-go/common/overloads"
	"github.com/google/cel-go/common/types"
)

const (
	// MaxExpression is the length of an expression in characters.
	MaxExpression = 4096
	// MaxCost bounds the evaluation for one person, in the units of CEL: about
	// one for a step, and a tenth for a character that is looked at.
	MaxCost = 20_000

	// maxPattern is the size of a compiled pattern of matches, in instructions.
	maxPattern = 300
	// maxNesting is how many of exists, all, filter, map may be in one another.
	maxNesting = 2
	// maxText is the length of the largest text of a subscriber that a roster
	// accepts, in octets.
	maxText = 1024
)

var tooLong = "the filter is longer than " + strconv.Itoa(MaxExpression) + " characters. " +
	`Compare with a list instead of many ==: subscriber.attributes.agency in ["DOR", "DEP"]. ` +
	"For the names of many people, create a SubscriberSet"

const simplify = `Look for an element with "parks" in subscriber.attributes.topics, ` +
	"put no exists, all, filter or map into another one, and compute less with long texts"

// checkCost refuses what would be too slow for the largest values.
func checkCost(env *cel.Env, checked *cel.Ast) *Error {
	estimate, err := env.EstimateCost(checked, sizes{})
	if err != nil {
		return &Error{Message: firstLine(err.Error())}
	}
	if estimate.Max > MaxCost {
		return &Error{Line: 1, Column: 1, Message: fmt.Sprintf(
			"the filter may take %s steps for one person, and at most %d are allowed. %s",
			large(estimate.Max), MaxCost, simplify)}
	}
	return nil
}

func large(n uint64) string {
	if n > 1_000_000_000 {
		return "more than 1000000000"
	}
	return strconv.FormatUint(n, 10)
}

// sizes says how large the values of a subscriber can be.
type sizes struct{}

// EstimateSize implements checker.CostEstimator.
func (sizes) EstimateSize(node checker.AstNode) *checker.SizeEstimate {
	path := node.Path()
	switch {
	case len(path) == 0 || path[0] != variable:
		return nil
	case path[len(path)-1] == "@items":
		// All elements of a list together are one text of at most maxText
		// octets, with a semicolon behind each: they are two octets long if
		// there are MaxList. Costs grow with the sum of them.
		return &checker.SizeEstimate{Max: maxText / MaxList}
	}
	switch node.Type().Kind() {
	case types.ListKind, types.DynKind:
		return &checker.SizeEstimate{Max: MaxList}
	}
	return &checker.SizeEstimate{Max: maxText}
}

// EstimateCallCost implements checker.CostEstimator. It knows how long numbers
// and dates are as texts, of which CEL knows nothing.
func (sizes) EstimateCallCost(_, overload string, _ *checker.AstNode, _ []checker.AstNode) *checker.CallEstimate {
	switch overload {
	case overloads.IntToString, overloads.UintToString, overloads.DoubleToString,
		overloads.BoolToString, overloads.TimestampToString, overloads.DurationToString:
		return &checker.CallEstimate{
			CostEstimate: checker.FixedCostEstimate(1),
			ResultSize:   &checker.SizeEstimate{Max: 40},
		}
	}
	return nil
}
