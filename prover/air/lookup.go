package air

import "fmt"

// Relation is a multiset of tuples that lookups add to and take from: LogUp. Its
// elements z and α are challenges; a lookup of values v with multiplicity m stands
// for the fraction
//
//	m / (Σ αʲ·vⱼ − z).
//
// If all fractions of a proof add up to zero, then, but for an error of at most
// 2·(number of fractions)·(number of values)/|QM31|, every tuple's multiplicities
// add up to zero modulo 2³¹ − 1. A tuple of fewer values than others of its relation
// counts as filled up with zeros. Uses count positive and supplies negative by
// custom; nothing depends on it.
type Relation struct {
	// Name distinguishes relations: all components that name it share it.
	Name string
	// Size is the number of values of a tuple, at most.
	Size int
}

// lookup is one declared lookup.
type lookup struct {
	relation     *Relation
	multiplicity Expr
	values       []Expr
	denominator  Expr
}

// Lookup is a lookup of a finished component, by nodes.
type Lookup struct {
	Relation string
	// Multiplicity, Values and Denominator are nodes.
	Multiplicity int
	Values       []int
	Denominator  int
}

func (l lookup) public() Lookup {
	out := Lookup{Relation: l.relation.Name, Multiplicity: int(l.multiplicity.id), Denominator: int(l.denominator.id)}
	for _, v := range l.values {
		out.Values = append(out.Values, int(v.id))
	}
	return out
}

// Lookup adds a lookup of the values in every row. The component's trees must be
// the usual three, and its lookups fill the interaction tree alone.
func (b *Builder) Lookup(r *Relation, multiplicity Expr, values ...Expr) {
	if len(b.trees) != TreeInteraction+1 {
		panic("air: lookups need the three usual trees")
	}
	if len(values) == 0 || len(values) > r.Size {
		panic(fmt.Sprintf("air: %d values for relation %s of %d", len(values), r.Name, r.Size))
	}
	elements := b.Challenges(TreeTrace, r.Name+".z", r.Name+".alpha")
	z, alpha := elements[0], elements[1]
	sum, power := values[0], alpha
	for i, v := range values[1:] {
		if i > 0 {
			power = power.Mul(alpha)
		}
		sum = sum.Add(v.Mul(power))
	}
	b.lookups = append(b.lookups, lookup{r, multiplicity, values, sum.Sub(z)})
}

// LookupsPerColumn sets how many lookups share a column of the interaction tree;
// the default is 2. With d such lookups of degree-1 values the constraint has
// degree d + 1.
func (b *Builder) LookupsPerColumn(n int) {
	if n < 1 {
		panic("air: a column of no lookups")
	}
	b.perColumn = n
}

// finishLookups adds the interaction columns and their constraints. With sᵢ the
// i-th column, fᵢ = numᵢ/denᵢ its fractions' sum, and shift = claimed sum / rows:
//
//	(sᵢ − sᵢ₋₁)·denᵢ − numᵢ                          for all columns but the last
//	(s − s[row − 1] − sᵢ₋₁ + shift)·den − num        for the last
//
// The shift makes the fractions add up to zero over the cycle of rows, so that no
// row is special.
func (b *Builder) finishLookups() {
	if len(b.trees[TreeInteraction]) > 0 {
		panic("air: a component with lookups leaves its interaction tree to them")
	}
	var previous *Expr
	for i := 0; i < len(b.lookups); i += b.perColumn {
		batch := b.lookups[i:min(i+b.perColumn, len(b.lookups))]
		num, den := batch[0].multiplicity, batch[0].denominator
		for _, l := range batch[1:] {
			num = num.Mul(l.denominator).Add(l.multiplicity.Mul(den))
			den = den.Mul(l.denominator)
		}
		name := fmt.Sprintf("sum %d", i/b.perColumn)
		var diff Expr
		if i+b.perColumn < len(b.lookups) {
			cell := b.SecureColumn(TreeInteraction, name, 0)[0]
			diff = cell
			if previous != nil {
				diff = diff.Sub(*previous)
			}
			previous = &cell
		} else {
			cells := b.SecureColumn(TreeInteraction, name, -1, 0)
			diff = cells[1].Sub(cells[0])
			if previous != nil {
				diff = diff.Sub(*previous)
			}
			diff = diff.Add(b.scalar(len(b.challenges)))
		}
		b.Constrain(name, diff.Mul(den).Sub(num))
	}
}
