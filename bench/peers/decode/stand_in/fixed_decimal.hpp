/* SPDX-License-Identifier: Apache-2.0
 *
 * Stands in for the header that itch-book takes from GitHub and no registry has. A price of itch-book is a number of
 * ten-thousandths in a type of its own; this has of that type what decoding uses: made from the number, and the number read.
 */
#pragma once

namespace fixed_decimal
{
struct PriceTag {
};

template <unsigned Scale, typename Unit, typename Number> class Fixed
{
  public:
    constexpr Fixed() = default;
    static constexpr Fixed from_raw(Number number)
    {
        Fixed made;
        made.number_ = number;
        return made;
    }
    constexpr Number raw() const
    {
        return number_;
    }

  private:
    Number number_ = 0;
};
} // namespace fixed_decimal
