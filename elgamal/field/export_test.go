package field

var (
	MulGeneric         = mulGeneric
	SquareGeneric      = squareGeneric
	SquareTimes        = squareTimes
	SquareTimesGeneric = squareTimesGeneric
)
