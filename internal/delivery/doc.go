// Package delivery is how it is carried out and accounted for: who may send, what
// each pod may use, which pass comes next, when to stop, and what became of each
// recipient. Only the sender touches a network.
package delivery
