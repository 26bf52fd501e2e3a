"""The error function, the gamma function's logarithm, and what belongs to them."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import wraps

from ..expr import Expr, abs_, and_, convert, eq, fma, like, not_, rint, select, sqrt
from .base import (
    INF,
    LOG_2PI,
    NAN,
    PI,
    flip,
    form,
    parts,
    poly,
    quick_sum,
    rarely,
    sign_bit,
    two_product,
    two_sum,
    with_sign,
)
from .exponential import EXP, exp_rest, log, log_of_sum, log_pair, power_of_two, reduce_exp, scale
from .trigonometric import sin_cos_pi

# erf(x) = x + x (c0 + c1 x² + …) for |x| <= 0.9
_ERF_NEAR = {
    "f32": (
        0.12837915122509003, -0.3761250376701355, 0.11281921714544296, -0.026770493015646935, 0.0049989596009254456,
        -0.0006020806031301618,
    ),
    "f64": (
        0.12837916709551253, -0.37612638903182444, 0.11283791670890887, -0.026866170632837676, 0.005223977504566709,
        -0.00085483200723515, 0.0001205508295205833, -1.49198475714821e-05, 1.6374953662637855e-06,
        -1.554138776576982e-07, 1.0249720914957913e-08,
    ),
}  # fmt: skip
# erf(x) = 1 - exp(-(c0 + c1 x + …)) for 0.9 <= x, until it is 1
_ERF_FAR = {
    "f32": (
        0.00016636461077723652, 1.1277976036071777, 0.6369754076004028, 0.10411437600851059, -0.022315628826618195,
        0.0030656245071440935, -0.00019823772890958935,
    ),
    "f64": (
        6.786823604484987e-08, 1.1283784459180057, 0.6366232899235491, 0.10276223478695741, -0.019108097342158483,
        -0.00023643227528476844, 0.0017195456470463848, -0.0005978743544275591, 1.4854136859817843e-05,
        8.68851754316197e-05, -5.2304995404407466e-05, 1.9059993761430366e-05, -5.031973795478033e-06,
        1.00273213021289e-06, -1.507460780786534e-07, 1.6658687085814043e-08, -1.2800534272794622e-09,
        6.115368772045625e-11, -1.3680985135554675e-12,
    ),
}  # fmt: skip
# (1 + 2 x) exp(x²) erfc(x) = head + tail + q (c0 + c1 q + …) with q = (x - 4) / (x + 4), for 0.47 <= x
_ERFC_START = {"f32": (1.2329951524734497, -3.384789692972845e-08), "f64": (1.2329951186255526, -4.625318921008717e-17)}
_ERFC = {
    "f32": (
        -0.1396210640668869, 0.015379821881651878, 0.06809442490339279, -0.10104511678218842, 0.09376907348632812,
        -0.06625471264123917, 0.03699265047907829, -0.016593456268310547, 0.005258564371615648,
    ),
    "f64": (
        -0.1396211168405625, 0.015379652102619283, 0.06809705425469133, -0.101039066036261, 0.09373283499840926,
        -0.06633036581352472, 0.037167515536233924, -0.01619773403865963, 0.005031969992831465,
        -0.0007577734484484535, -0.0001992568044265529, 0.0001506225006584555, -2.439868310757395e-05,
        -1.1224756935252858e-05, 5.708016635722395e-06, 2.9960585120020244e-07, -8.217622653723083e-07,
        6.697915445584651e-08, 1.0511392634372477e-07, -1.2207057445704025e-08, -1.0305014058493506e-08,
    ),
}  # fmt: skip
# Giles' polynomials for erf_inv(x) / x in w = -log(1 - x²) - 2.5, and in sqrt(-log(1 - x²)) - 3
_ERF_INV_NEAR32 = (
    1.50140941, 0.246640727, -0.00417768164, -0.00125372503, 0.00021858087, -4.39150654e-06, -3.5233877e-06,
    3.43273939e-07, 2.81022636e-08,
)  # fmt: skip
_ERF_INV_FAR32 = (
    2.83297682, 1.00167406, 0.00943887047, -0.0076224613, 0.00573950773, -0.00367342844, 0.00134934322,
    0.000100950558, -0.000200214257,
)  # fmt: skip
# erf_inv(x) / x in w, w - 3.125, sqrt(w) - 3.25, sqrt(w) - 5, where w = -log(1 - x²)
_ERF_INV_START = (
    0.886226925452758, 0.23201366653466318, 0.011549342037989603, -0.002335101638004873, -0.00012804331861086498,
    4.6611540265730094e-05, 2.019718580405728e-06, -1.0120456280783867e-06, -3.7984459479260786e-08,
    2.3479989636962935e-08, 2.4617079827173917e-10, -2.44180672715594e-10, -1.299369953098653e-10,
    4.530554076768823e-11, -6.0553298748206385e-12, 3.9108776430074516e-13, -9.922947285015478e-15,
)  # fmt: skip
_ERF_INV_NEAR = (
    1.653654562683103, 0.24015818242558948, -0.006033670871430696, -0.0007407025341652946, 0.00018673420803634575,
    -1.388252336491989e-05, -1.3654692038087397e-06, 4.234787804247438e-07, -2.9070366857711464e-08,
    -4.112635166468399e-09, 1.0512107726448813e-09, -5.4153726285158885e-11, -1.2974681516087359e-11,
    2.6334271671955105e-12, -8.160649078858124e-14, -4.053485427132393e-14, 6.648419808025428e-15,
    2.0100860579476786e-17, -1.3414422919069586e-16, 1.1197241842433171e-17, 1.3216581439280596e-18,
    -1.6926753196951883e-19, -4.313280995355597e-21,
)  # fmt: skip
_ERF_INV_FAR = (
    3.0838856104922203, 1.0052589676941597, 0.0053709145536026265, -0.003751208507598289, 0.002491442095510976,
    -0.0016882755553119212, 0.0009532893906459924, -0.0003550375282113846, 2.40310105849777e-05,
    6.828489740311219e-05, -4.7317716400827835e-05, 1.2475151888808805e-05, 2.9218990865781383e-06,
    -4.01357889917177e-06, 1.5054560711457666e-06, 1.7949990621359116e-08, -2.777458643769053e-07,
    9.087621987987943e-08, 3.2282382862023043e-09,
)  # fmt: skip
_ERF_INV_END = (
    4.849906401408584, 1.0103004648645275, -0.00013871931837000688, -0.00021503011903044555, 7.599527787475876e-05,
    -1.9681781132296534e-05, 4.5260549346718445e-06, -9.929679331524277e-07, 2.2903788014592713e-07,
    -6.77488113960899e-08, 2.907221146279548e-08, -1.4911301278945966e-08, 7.710295214633603e-09,
    -3.82213615550017e-09, 1.446884056749533e-09, -2.468381236994135e-10, -1.139536995844999e-11,
)  # fmt: skip
# lgamma(2 + t) = t (head + tail + c0 t + c1 t² + …) for |t| <= 1/2
_LGAMMA_START = (0.42278433509846713, 1.3944697348161165e-18)
_LGAMMA = (
    0.3224670334241135, -0.06735230105319576, 0.02058080842773311, -0.007385551028925837, 0.0028905103333758207,
    -0.0011927539011940614, 0.0005096694618445155, -0.00022315497461360413, 9.945835435364675e-05,
    -4.492376147747024e-05, 2.0500494546850405e-05, -9.456052547996794e-06, 4.406970195393707e-06,
    -1.9751094603523945e-06, 8.677094280414323e-07, -5.80104425096264e-07, 3.2975734552258837e-07,
)  # fmt: skip
# lgamma(x) = (x - 1/2) log(x) - x + log(2 pi) / 2 + (c0 + c1 / x² + …) / x for x >= 8
_STIRLING = (
    0.08333333333333333, -0.0027777777777547924, 0.0007936507750394181, -0.0005952324853803782,
    0.0008409560526058042, -0.0018607631639550246, 0.004427305052783708,
)  # fmt: skip
# digamma(root + t) = t (head + tail + c0 t + c1 t² + …) for 1 <= root + t <= 2
_DIGAMMA_ROOT = (1.4616321449683622, 9.549995429965697e-17)
_DIGAMMA_START = (0.9676722454476212, -3.3976998127201745e-17)
_DIGAMMA = (
    -0.4427631689835915, 0.2584997609556508, -0.16394270544259254, 0.10782405069135778, -0.07219956123875497,
    0.04880428815087721, -0.0331611272515685, 0.02259764897493791, -0.015424747207482718, 0.010538770232180228,
    -0.007204802933324569, 0.004927137326025033, -0.003367419564175271, 0.0023015149848815133,
    -0.001589887245756142, 0.0011013930547230546, -0.0006978055196885682, 0.0004210654300292293,
    -0.0004010295603205691, 0.00040119308028580263, -0.00017604736536494127,
)  # fmt: skip
# digamma(x) = log(x) - 1 / (2 x) + (c0 + c1 / x² + …) / x² for x >= 6
_DIGAMMA_FAR = (
    -0.08333333333333333, 0.008333333333310638, -0.003968253949922427, 0.004166660974957172, -0.007574874293862417,
    0.02101589654015254, -0.0793832495533864, 0.32193249058123263, -0.822355679362719,
)  # fmt: skip


def erf(x: Expr) -> Expr:
    """The error function."""
    a = abs_(x)
    near = fma(x, poly(x * x, _ERF_NEAR[x.dtype]), x)
    # beyond this it is 1
    end = 3.95 if x.dtype == "f32" else 5.95
    r, e = reduce_exp(-poly(select(a > end, like(end, a), a), _ERF_FAR[x.dtype]), form(x).bias)
    far = fma(exp_rest(r), -power_of_two(e), like(1.0, x))
    return select(a < 0.9, near, with_sign(far, x))


def erfc(x: Expr) -> Expr:
    """1 - erf(x), exact to its last bits for large x."""
    a = abs_(x)
    near = 1.0 - fma(x, poly(x * x, _ERF_NEAR[x.dtype]), x)
    # beyond this it is 0
    end = 11.0 if x.dtype == "f32" else 28.0
    a = select(a > end, like(end, a), a)
    far = _erfc_far(a)
    return select(a < 0.47, near, select(x < 0.0, 2.0 - far, far))


def _erfc_far(a: Expr) -> Expr:
    """exp(-a²) times a rational function, both as sums of two."""
    square, square_low = two_product(a, a)
    r, e = reduce_exp(-square, 2 * form(a).bias)
    p, p_low = quick_sum(like(1.0, a), fma(r * r, poly(r, EXP[a.dtype]), r))
    p_low = fma(-p, square_low, p_low)
    q = (a - 4.0) / (a + 4.0)
    head, tail = _ERFC_START[a.dtype]
    over, over_low = quick_sum(like(head, a), fma(q, poly(q, _ERFC[a.dtype]), like(tail, a)))
    under, under_low = two_sum(a + a, like(1.0, a))
    inverse = 1.0 / under
    v = over * inverse
    v_low = (fma(-v, under, over) + fma(-v, under_low, over_low)) * inverse
    y, y_low = two_product(p, v)
    return scale(y + (y_low + fma(p, v_low, p_low * v)), e)


def erf_inv(x: Expr) -> Expr:
    """The number whose error function is x; for f32 what XLA computes, as its random normals are made of it."""
    one = like(1.0, x)
    if form(x).width == 32:
        # XLA rounds the square, and so must this
        w = -log_of_sum(*quick_sum(one, -(x * x)))
        near = w < 5.0
        u = select(near, w - 2.5, sqrt(w) - 3.0)
        p = select(near, poly(u, _ERF_INV_NEAR32), poly(u, _ERF_INV_FAR32))
    else:
        square, square_low = two_product(x, x)
        rest, rest_low = quick_sum(one, -square)
        w = -log_of_sum(*quick_sum(rest, rest_low - square_low))
        root = sqrt(w)
        p = select(w < 6.25, poly(w - 3.125, _ERF_INV_NEAR), poly(root - 3.25, _ERF_INV_FAR))
        # around 0 itself nothing cancels
        p = select(w < 3.0, poly(w, _ERF_INV_START), p)
        p = select(w < 16.0, p, poly(root - 5.0, _ERF_INV_END))
    p = select(eq(abs_(x), one), like(INF, x), p)
    return x * select(abs_(x) <= 1.0, p, like(NAN, x))


def _in_f64(function: Callable[[Expr], Expr]) -> Callable[[Expr], Expr]:
    """The function on f64, which f32 operands are widened to."""

    @wraps(function)
    def widened(x: Expr) -> Expr:
        return convert(function(convert(x, "f64")), x.dtype)

    return widened


@_in_f64
def lgamma(x: Expr) -> Expr:
    """The logarithm of the gamma function's size."""
    a = abs_(x)
    y = _lgamma_positive(a)
    # gamma(-a) gamma(a) = -pi / (a sin(pi a))
    sine, _ = sin_cos_pi(a)
    mirrored = log(float(PI) / (a * abs_(sine))) - y
    # beyond this, all are whole numbers and so poles
    mirrored = select(a < 2.0**52, mirrored, like(INF, x))
    return rarely(and_(x < 0.0, not_(a < 2.0**-60)), mirrored, y)


def _lgamma_positive(x: Expr) -> Expr:
    one = like(1.0, x)
    whole = rint(x)
    t = x - whole
    # from 2 + t, steps by the product of what lies between
    between = one
    for j in range(1, 7):
        between = select(whole > j + 1.5, between * (x - float(j)), between)
    below = select(whole < 0.5, x * (x + 1.0), x)
    far = x >= 8.0
    base = select(far, x, select(whole < 1.5, below, between))
    steps, steps_low = log_pair(base)
    head, tail = _LGAMMA_START
    r, r_low = quick_sum(like(head, x), fma(t, poly(t, _LGAMMA), like(tail, x)))
    near, near_low = two_product(t, r)
    sign = select(whole < 1.5, sign_bit(-one), sign_bit(one))
    near, rest = two_sum(near, flip(steps, sign))
    near = near + (rest + (fma(t, r_low, near_low) + flip(steps_low, sign)))
    inverse = 1.0 / x
    (half_log,) = parts(LOG_2PI / 2 - Fraction(1, 2), "f64", count=1)
    end = fma(inverse, poly(inverse * inverse, _STIRLING), like(half_log, x))
    # (x - 1/2) (log(x) - 1), of which the head is exact
    steps, rest = quick_sum(steps, like(-1.0, x))
    shifted = x - 0.5
    y = select(far, fma(shifted, steps, fma(shifted, rest + steps_low, end)), near)
    return select(base < INF, select(base > 0.0, y, like(INF, x)), base)


@_in_f64
def digamma(x: Expr) -> Expr:
    """The derivative of lgamma; NaN at its poles."""
    a = abs_(x)
    y = _digamma_positive(a)
    sine, cosine = sin_cos_pi(a)
    inverse = 1.0 / a
    mirrored = select(a < 2.0**-60, inverse, y + (inverse + float(PI) * (cosine / sine)))
    pole = and_(not_(x > 0.0), eq(x, rint(x)))
    return select(pole, like(NAN, x), rarely(x < 0.0, mirrored, y))


def _digamma_positive(x: Expr) -> Expr:
    zero = like(0.0, x)
    low, middle = x < 1.0, x >= 2.0
    u = select(low, x + 1.0, select(middle, x - 1.0, x))
    root, root_low = _DIGAMMA_ROOT
    t = (u - root) - root_low
    head, tail = _DIGAMMA_START
    near = t * (head + fma(t, poly(t, _DIGAMMA), like(tail, x)))
    near = near + select(low, -1.0 / x, select(middle, 1.0 / u, zero))
    # 1 / x + 1 / (x + 1) + 1 / (x + 2) as one fraction
    far = x >= 6.0
    over = fma(x, fma(x, like(3.0, x), like(6.0, x)), like(2.0, x))
    under = x * fma(x, x, fma(x, like(3.0, x), like(2.0, x)))
    steps = select(far, zero, over / under)
    w = select(far, x, x + 3.0)
    inverse = 1.0 / w
    z = inverse * inverse
    end, end_low = log_pair(w)
    end_low = end_low + fma(z, poly(z, _DIGAMMA_FAR), inverse * -0.5)
    end, rest = two_sum(end, -steps)
    end = select(w < INF, end + (rest + end_low), w)
    return select(x < 3.0, near, end)
